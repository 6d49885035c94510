"""Builds the engine into the package: the checkout around this folder is compiled, and what a process of it needs is copied in."""
import shutil
import subprocess
from pathlib import Path

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

HERE = Path(__file__).resolve().parent


class BuildWithEngine(build_py):
    def run(self):
        super().run()
        if self.editable_mode:
            return  # The checkout itself is the engine.
        node = shutil.which("node")
        if node is None:
            raise SystemExit("memvid-sdk is built with Node 20 or newer, Rust and a C compiler; node was not found on the PATH")
        target = Path(self.build_lib).resolve() / "memvid_sdk" / "_engine"
        subprocess.run([node, str(HERE / "tools" / "engine.mjs"), str(target)], check=True)


class PlatformWheel(bdist_wheel):
    """The addon is native, the Python code is not: any Python 3, this platform."""

    def finalize_options(self):
        super().finalize_options()
        self.root_is_pure = False

    def get_tag(self):
        _, _, platform = super().get_tag()
        return "py3", "none", platform


setup(cmdclass={"build_py": BuildWithEngine, "bdist_wheel": PlatformWheel})
