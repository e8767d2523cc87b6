"""What the pictures of the catalogue show: simple shapes on a square of 480, painted one over the other."""

from dataclasses import dataclass
from math import cos, dist, hypot, pi, sin

SIZE = 480

Point = tuple[float, float]

# Places in the palette; the first ones are the background's shades from top to bottom.
SHADES = 32
MAIN, DARK, LIGHT, WHITE, ACCENT = range(SHADES, SHADES + 5)
BACKGROUND = -1


@dataclass(frozen=True)
class Disc:
    """An ellipse."""

    colour: int
    x: float
    y: float
    width: float
    height: float

    def spans(self, y: float) -> list[Point]:
        inside = 1 - ((y - self.y) / self.height) ** 2
        if inside <= 0:
            return []
        half = self.width * inside**0.5
        return [(self.x - half, self.x + half)]


@dataclass(frozen=True)
class Area:
    """A polygon."""

    colour: int
    corners: tuple[Point, ...]

    def spans(self, y: float) -> list[Point]:
        sides = zip(self.corners, (*self.corners[1:], self.corners[0]), strict=True)
        hits = sorted(x1 + (y - y1) * (x2 - x1) / (y2 - y1) for (x1, y1), (x2, y2) in sides if (y1 <= y) != (y2 <= y))
        return list(zip(hits[::2], hits[1::2], strict=True))


Shape = Disc | Area


def box(colour: int, left: float, top: float, right: float, bottom: float) -> Area:
    return Area(colour, ((left, top), (right, top), (right, bottom), (left, bottom)))


def stroke(colour: int, start: Point, end: Point, width: float) -> Area:
    """A thick line."""
    across = width / 2 / dist(start, end)
    dx, dy = (end[1] - start[1]) * across, (start[0] - end[0]) * across
    corners = (
        (start[0] + dx, start[1] + dy),
        (end[0] + dx, end[1] + dy),
        (end[0] - dx, end[1] - dy),
        (start[0] - dx, start[1] - dy),
    )
    return Area(colour, corners)


def star(colour: int, x: float, y: float, radius: float, *, corners: int, turned: float = 0) -> Area:
    """A regular polygon, a corner up."""
    angles = [turned - pi / 2 + 2 * pi * number / corners for number in range(corners)]
    return Area(colour, tuple((x + radius * cos(angle), y + radius * sin(angle)) for angle in angles))


def leaf(colour: int, root: Point, tip: Point, width: float) -> Area:
    """A pointed oval from root to tip."""
    (x1, y1), (x2, y2) = root, tip
    length = hypot(x2 - x1, y2 - y1)
    ux, uy = (x2 - x1) / length, (y2 - y1) / length
    along = [number / 12 for number in range(13)]
    upper = [
        (x1 + ux * length * t - uy * width * sin(pi * t), y1 + uy * length * t + ux * width * sin(pi * t))
        for t in along
    ]
    lower = [
        (x1 + ux * length * t + uy * width * sin(pi * t), y1 + uy * length * t - ux * width * sin(pi * t))
        for t in along
    ]
    return Area(colour, (*upper, *reversed(lower)))


MOTIFS: dict[str, tuple[Shape, ...]] = {
    "headphones": (
        Disc(DARK, 240, 250, 160, 170),
        Disc(BACKGROUND, 240, 262, 128, 142),
        box(BACKGROUND, 0, 290, SIZE, SIZE),
        Disc(MAIN, 98, 300, 44, 78),
        Disc(MAIN, 382, 300, 44, 78),
        Disc(LIGHT, 132, 300, 24, 64),
        Disc(LIGHT, 348, 300, 24, 64),
    ),
    "lamp": (
        Disc(DARK, 200, 408, 110, 26),
        stroke(DARK, (200, 404), (140, 262), 18),
        stroke(DARK, (140, 262), (280, 152), 18),
        Disc(MAIN, 140, 262, 20, 20),
        Disc(ACCENT, 338, 204, 44, 44),
        Area(MAIN, ((252, 128), (306, 84), (410, 196), (306, 262))),
        Disc(LIGHT, 278, 118, 26, 26),
    ),
    "shirt": (
        Area(
            MAIN,
            (
                (150, 96),
                (330, 96),
                (436, 176),
                (392, 246),
                (344, 212),
                (344, 410),
                (136, 410),
                (136, 212),
                (88, 246),
                (44, 176),
            ),
        ),
        Area(DARK, ((196, 96), (284, 96), (240, 158))),
        Area(LIGHT, ((150, 96), (196, 96), (240, 158), (204, 178))),
        Area(LIGHT, ((330, 96), (284, 96), (240, 158), (276, 178))),
        *(Disc(WHITE, 240, 210 + 46 * number, 8, 8) for number in range(4)),
    ),
    "mug": (
        Disc(DARK, 352, 260, 72, 74),
        Disc(BACKGROUND, 352, 260, 44, 46),
        box(MAIN, 116, 164, 340, 372),
        Disc(MAIN, 228, 372, 112, 30),
        Disc(LIGHT, 228, 166, 112, 28),
        Disc(DARK, 228, 170, 94, 18),
        *(stroke(WHITE, (176 + 52 * number, 118), (190 + 52 * number, 56), 12) for number in range(3)),
    ),
    "book": (
        Area(DARK, ((112, 92), (356, 72), (376, 388), (132, 412))),
        Area(WHITE, ((128, 100), (366, 82), (384, 376), (146, 398))),
        Area(MAIN, ((104, 84), (340, 66), (360, 378), (124, 402))),
        Area(DARK, ((104, 84), (136, 82), (156, 399), (124, 402))),
        Area(LIGHT, ((180, 140), (306, 130), (309, 164), (183, 174))),
        Area(LIGHT, ((186, 196), (280, 189), (282, 208), (188, 215))),
        Area(ACCENT, ((290, 70), (318, 68), (323, 150), (309, 134), (296, 152))),
    ),
    "clock": (
        Disc(DARK, 240, 240, 176, 176),
        Disc(WHITE, 240, 240, 150, 150),
        *(
            stroke(
                MAIN,
                (240 + 120 * cos(pi / 6 * hour), 240 + 120 * sin(pi / 6 * hour)),
                (240 + 140 * cos(pi / 6 * hour), 240 + 140 * sin(pi / 6 * hour)),
                10,
            )
            for hour in range(12)
        ),
        stroke(DARK, (240, 240), (240, 134), 14),
        stroke(DARK, (240, 240), (316, 284), 16),
        Disc(ACCENT, 240, 240, 16, 16),
    ),
    "socks": (
        Disc(DARK, 330, 366, 90, 50),
        box(DARK, 212, 104, 328, 346),
        Disc(DARK, 268, 342, 58, 74),
        Disc(MAIN, 258, 384, 104, 54),
        box(MAIN, 112, 84, 232, 360),
        Disc(MAIN, 172, 366, 60, 72),
        box(WHITE, 112, 84, 232, 126),
        box(ACCENT, 112, 162, 232, 188),
        box(ACCENT, 112, 214, 232, 240),
        Disc(LIGHT, 336, 384, 34, 40),
    ),
    "ball": (
        Disc(DARK, 240, 240, 178, 178),
        Disc(WHITE, 240, 240, 170, 170),
        star(MAIN, 240, 240, 62, corners=5),
        *(
            stroke(
                DARK,
                (240 + 60 * sin(2 * pi / 5 * number), 240 - 60 * cos(2 * pi / 5 * number)),
                (240 + 118 * sin(2 * pi / 5 * number), 240 - 118 * cos(2 * pi / 5 * number)),
                7,
            )
            for number in range(5)
        ),
        *(
            star(
                MAIN,
                240 + 140 * sin(2 * pi / 5 * number),
                240 - 140 * cos(2 * pi / 5 * number),
                33,
                corners=5,
                turned=2 * pi / 5 * number + pi,
            )
            for number in range(5)
        ),
    ),
    "plant": (
        leaf(DARK, (240, 300), (108, 142), 44),
        leaf(DARK, (240, 300), (372, 142), 44),
        leaf(MAIN, (240, 300), (70, 246), 38),
        leaf(MAIN, (240, 300), (410, 246), 38),
        leaf(MAIN, (240, 310), (240, 60), 48),
        stroke(LIGHT, (240, 300), (240, 96), 6),
        Area(ACCENT, ((150, 296), (330, 296), (302, 424), (178, 424))),
        box(DARK, 138, 280, 342, 312),
    ),
}
