"""What the comparisons say when they fail."""

import pytest

pytest.register_assert_rewrite("tests.faults.story", "tests.faults.truth")
