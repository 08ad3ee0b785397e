// Stands in for codecs that the server never sends.
export default {
  fromConfig() {
    throw new Error("This codec is not part of the viewer.");
  },
};
