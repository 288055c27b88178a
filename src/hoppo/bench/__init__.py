"""The benchmark: a whole house under load, the floor below it, the plain peer beside it."""
