// Volume rendering by vtk.js: maximum projection or translucent, in the channels' colours.
import "@kitware/vtk.js/Rendering/Profiles/Volume";
import vtkDataArray from "@kitware/vtk.js/Common/Core/DataArray";
import vtkImageData from "@kitware/vtk.js/Common/DataModel/ImageData";
import vtkPiecewiseFunction from "@kitware/vtk.js/Common/DataModel/PiecewiseFunction";
import vtkColorTransferFunction from "@kitware/vtk.js/Rendering/Core/ColorTransferFunction";
import vtkVolume from "@kitware/vtk.js/Rendering/Core/Volume";
import vtkVolumeMapper from "@kitware/vtk.js/Rendering/Core/VolumeMapper";
import vtkGenericRenderWindow from "@kitware/vtk.js/Rendering/Misc/GenericRenderWindow";

const MAX_DENSITY = 1.5; // pixels of the rendering per pixel of the page: phones have up to 4
const COMPOSITE = 0;
const MAXIMUM = 1;

export class VolumeView {
  /** Render into a container; `clear` where nothing is, to lie over another one. */
  constructor(container, onchange, clear = false) {
    this.container = container;
    this.window = vtkGenericRenderWindow.newInstance({
      background: clear ? [0, 0, 0, 0] : [0.027, 0.035, 0.047],
      listenWindowResize: false, // the container's size is observed
    });
    this.window.setContainer(container);
    this.renderer = this.window.getRenderer();
    this.mapper = vtkVolumeMapper.newInstance();
    this.mapper.setMaximumSamplesPerRay(2000);
    this.volume = vtkVolume.newInstance();
    this.volume.setMapper(this.mapper);
    this.renderer.addVolume(this.volume);
    this.camera = this.renderer.getActiveCamera();
    this.camera.setParallelProjection(true);
    this.camera.onModified(() => this.quiet || onchange(this));
    new ResizeObserver(() => this.resize()).observe(container);
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.container;
    if (!width || !height) return;
    const dense = Math.min(window.devicePixelRatio || 1, MAX_DENSITY);
    this.window.getApiSpecificRenderWindow().setSize(Math.round(width * dense), Math.round(height * dense));
    this.render();
  }

  /** Show interleaved bytes of a shape (z, y, x) at a place: the centre of the first voxel (`start`)
   * and the spacing, in length; `upright` where z runs upward. At first, look from the `camera` of
   * another view, if it is given. */
  show(bytes, components, { sides, spacing, start }, upright, camera) {
    const image = vtkImageData.newInstance();
    image.setDimensions([...sides].reverse());
    image.setSpacing([...spacing].reverse());
    image.setOrigin([...start].reverse());
    image.getPointData().setScalars(
      vtkDataArray.newInstance({ name: "values", values: bytes, numberOfComponents: components }),
    );
    this.sides = sides;
    this.spacing = spacing;
    this.upright = upright;
    this.components = components;
    this.mapper.setInputData(image);
    this.mapper.setSampleDistance(0.7 * Math.min(...spacing));
    if (camera) this.state = camera;
    else if (!this.placed) this.reset();
    this.placed = true;
  }

  /** Set the colours of labels (table of 256 RGB triples): 0 is nothing, all else opaque. */
  styleLabels(table) {
    const property = this.volume.getProperty();
    const colour = vtkColorTransferFunction.newInstance();
    for (let i = 0; i < 256; i += 1) {
      colour.addRGBPoint(i, ...[0, 1, 2].map((c) => table[3 * i + c] / 255));
    }
    const opacity = vtkPiecewiseFunction.newInstance();
    for (const [at, value] of [[0, 0], [0.5, 0], [0.6, 1], [255, 1]]) opacity.addPoint(at, value);
    property.setRGBTransferFunction(0, colour);
    property.setScalarOpacity(0, opacity);
    property.setScalarOpacityUnitDistance(0, Math.min(...this.spacing) / 4);
    property.setInterpolationTypeToNearest(); // numbers of objects have no means
    property.setShade(true);
    property.setAmbient(0.5);
    property.setDiffuse(0.6);
    property.setSpecular(0);
    this.mapper.setBlendMode(COMPOSITE);
    this.render();
  }

  /** Set colours (tables of 256 RGB triples) and the way of rendering. */
  style(tables, rendering) {
    const property = this.volume.getProperty();
    const solid = rendering === "solid";
    property.setIndependentComponents(true);
    tables.forEach((table, k) => {
      const colour = vtkColorTransferFunction.newInstance();
      for (let i = 0; i < 256; i += 5) {
        colour.addRGBPoint(i, ...[0, 1, 2].map((c) => table[3 * i + c] / 255));
      }
      const opacity = vtkPiecewiseFunction.newInstance();
      if (solid) {
        opacity.addPoint(0, 0);
        opacity.addPoint(40, 0);
        opacity.addPoint(140, 0.25);
        opacity.addPoint(255, 0.9);
      } else {
        opacity.addPoint(0, 1);
        opacity.addPoint(255, 1);
      }
      property.setRGBTransferFunction(k, colour);
      property.setScalarOpacity(k, opacity);
      property.setScalarOpacityUnitDistance(k, 2.5 * Math.min(...this.spacing));
      property.setComponentWeight(k, 1);
    });
    property.setInterpolationTypeToLinear();
    property.setShade(solid);
    property.setAmbient(0.3);
    property.setDiffuse(0.8);
    property.setSpecular(0.25);
    property.setSpecularPower(12);
    this.mapper.setBlendMode(solid ? COMPOSITE : MAXIMUM);
    this.render();
  }

  /** Render in the next frame, once. */
  render() {
    if (this.pending || !this.placed) return;
    this.pending = true;
    requestAnimationFrame(() => {
      this.pending = false;
      this.renderer.resetCameraClippingRange();
      this.window.getRenderWindow().render();
    });
  }

  /** Look at the whole volume: at thin stacks as at their slices, at others with z upward, from the
   * front of what lies as NIfTI has it. */
  reset() {
    const [depth, ...wide] = this.sides.map((n, i) => n * this.spacing[i]);
    const thin = 2 * depth < Math.max(...wide) || !this.upright;
    this.camera.setFocalPoint(0, 0, 0);
    this.camera.setPosition(...(thin ? [0.45, -0.5, -1] : [0.5, 1, 0.35]));
    this.camera.setViewUp(...(thin ? [0, -1, 0] : [0, 0, 1]));
    this.fit();
  }

  /** Look at the whole volume, from where one looks now. */
  fit() {
    this.renderer.resetCamera();
    const { clientWidth: width, clientHeight: height } = this.container;
    const filled = Math.max(
      ...this.corners().map(([x, y]) =>
        Math.max(Math.abs(x - width / 2) / (width / 2), Math.abs(y - height / 2) / (height / 2)),
      ),
    );
    this.camera.setParallelScale(this.camera.getParallelScale() * filled * 1.06);
  }

  turn(azimuth, elevation) {
    this.camera.azimuth(azimuth);
    this.camera.elevation(elevation);
    this.camera.orthogonalizeViewUp();
    this.render();
  }

  zoomBy(factor) {
    this.camera.setParallelScale(this.camera.getParallelScale() / factor);
    this.render();
  }

  get state() {
    return [
      ...this.camera.getPosition(),
      ...this.camera.getFocalPoint(),
      ...this.camera.getViewUp(),
      this.camera.getParallelScale(),
    ];
  }

  /** Look from there, without telling of it. */
  set state(numbers) {
    this.quiet = true;
    this.camera.setPosition(...numbers.slice(0, 3));
    this.camera.setFocalPoint(...numbers.slice(3, 6));
    this.camera.setViewUp(...numbers.slice(6, 9));
    this.camera.setParallelScale(numbers[9]);
    this.quiet = false;
  }

  /** Pixels per unit of length: the projection is parallel, so it holds everywhere. */
  get scale() {
    return this.container.clientHeight / (2 * this.camera.getParallelScale());
  }

  /** Corners of the volume on the screen, with the lengths of the view's axes in pixels. */
  corners() {
    const position = this.camera.getPosition();
    const focus = this.camera.getFocalPoint();
    const unit = (v) => v.map((x) => x / Math.hypot(...v));
    const cross = (a, b) => [
      a[1] * b[2] - a[2] * b[1],
      a[2] * b[0] - a[0] * b[2],
      a[0] * b[1] - a[1] * b[0],
    ];
    const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
    const forward = unit(focus.map((f, i) => f - position[i]));
    const right = unit(cross(forward, this.camera.getViewUp()));
    const up = cross(right, forward);
    const bounds = this.volume.getBounds();
    const found = [];
    for (let k = 0; k < 8; k += 1) {
      const point = [0, 1, 2].map((i) => bounds[2 * i + ((k >> i) & 1)] - focus[i]);
      found.push([
        this.container.clientWidth / 2 + dot(point, right) * this.scale,
        this.container.clientHeight / 2 - dot(point, up) * this.scale,
        dot(point, forward),
      ]);
    }
    return found;
  }
}
