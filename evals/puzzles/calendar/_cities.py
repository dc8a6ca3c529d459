"""Cities and their clocks."""

from __future__ import annotations

CITIES: tuple[tuple[str, str, int, int, int], ...] = (
    ("上海", "Shanghai", 480, 31, 121), ("东京", "Tokyo", 540, 36, 140), ("新加坡", "Singapore", 480, 1, 104),
    ("德里", "Delhi", 330, 29, 77), ("加德满都", "Kathmandu", 345, 28, 85), ("迪拜", "Dubai", 240, 25, 55),
    ("内罗毕", "Nairobi", 180, -1, 37), ("多哈", "Doha", 180, 25, 51), ("约翰内斯堡", "Johannesburg", 120, -26, 28),
    ("拉各斯", "Lagos", 60, 6, 3), ("圣保罗", "São Paulo", -180, -24, -47), ("利马", "Lima", -300, -12, -77),
)  # fmt: skip
"""Cities without summer time: names, minutes ahead of UTC, latitude and longitude in degrees."""


def offset(minutes: int) -> str:
    """Minutes ahead of UTC as `UTC+5:30`."""
    sign = "+" if minutes >= 0 else "-"
    return f"UTC{sign}{abs(minutes) // 60}" + (f":{abs(minutes) % 60:02d}" if minutes % 60 else "")
