"""Define the array types of the statistics: numbers, positions and masks."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]
Whole = npt.NDArray[np.signedinteger[Any]]
Mask = npt.NDArray[np.bool_]
