from vcore.testing.methods import MethodContract


class TestToy(MethodContract):
    method = "toy"
