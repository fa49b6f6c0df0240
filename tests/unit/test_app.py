import subprocess
import sys


def test_the_window_opens_without_the_engine_and_its_libraries() -> None:
    late = "{'numpy', 'nats', 'pyqtgraph', 'msgspec', 'wqstudio.engine.studio', 'wqstudio.brokers.factory'}"
    code = f"import sys, wqstudio.app; print(sorted({late} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
