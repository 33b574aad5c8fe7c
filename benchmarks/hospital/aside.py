"""Let benchmarks of hospitals use what those of detection share: `feed.py`, `metrics.py`. Import it first."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent / "detect"))
