"""The package installs beside an installed PyTorch and brings its program."""

from __future__ import annotations

import subprocess
import sys
import unittest
from pathlib import Path

from .case import REPOSITORY, Case


class InstallTest(Case):
    def run_quietly(self, *command: str | Path) -> str:
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, cwd=self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_pip_installs_it(self) -> None:
        source, env = self.folder / "training", self.folder / "env"
        self.run_quietly("cp", "-r", REPOSITORY / "training", source)  # pip builds inside the folder
        self.run_quietly(sys.executable, "-m", "venv", "--system-site-packages", env)
        pip = (env / "bin" / "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation")
        self.run_quietly(*pip, source)
        self.assertIn("experiment", self.run_quietly(env / "bin" / "rt3d_train", "--help"))
        where = self.run_quietly(env / "bin" / "python", "-c", "import rt3d_train.onnx.network as m; print(m.__file__)")
        self.assertTrue(where.startswith(str(env)), where)


if __name__ == "__main__":
    unittest.main()
