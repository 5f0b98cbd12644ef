"""Photos for the invented visits: a yard, a house, somebody at the door; each its own, none of a real person."""

from functools import cache
from io import BytesIO
from random import Random

from PIL import Image, ImageDraw

WIDTH_PX, HEIGHT_PX = 720, 540
DRAWN_AT = 3
"""A picture is drawn this many times smaller and then enlarged: fast, and soft as through a cheap lens."""
SKIES = ((176, 206, 235), (205, 214, 222), (226, 214, 196), (150, 178, 205))
EARTHS = ((131, 122, 88), (104, 128, 76), (150, 134, 112), (92, 104, 70))
WALLS = ((222, 214, 200), (196, 178, 150), (170, 96, 78), (236, 232, 224))
ROOFS = ((92, 84, 80), (128, 62, 50), (70, 82, 96))
CLOTHES = ((54, 72, 110), (140, 52, 60), (70, 70, 74), (96, 120, 84), (190, 160, 90))


def draw_picture(chance: Random) -> bytes:
    """Return a small JPEG of a household's yard, as a phone might send it; takes some 10 ms."""
    picture = Image.new("RGB", (WIDTH_PX // DRAWN_AT, HEIGHT_PX // DRAWN_AT), _shade(chance, SKIES))
    draw = ImageDraw.Draw(picture)
    width, height = picture.size
    horizon = chance.randrange(height * 4 // 10, height * 6 // 10)
    _draw_hills(draw, chance, horizon, width)
    draw.rectangle((0, horizon, width, height), fill=_shade(chance, EARTHS))
    _draw_house(draw, chance, horizon, width)
    for _ in range(chance.randrange(3, 8)):
        _draw_bush(draw, chance, horizon, picture.size)
    for _ in range(chance.randrange(1, 4)):
        _draw_person(draw, chance, picture.size)
    large = picture.resize((WIDTH_PX, HEIGHT_PX), Image.Resampling.BICUBIC)
    file = BytesIO()
    Image.blend(large, _grain(), 0.05).save(file, "JPEG", quality=82)
    return file.getvalue()


@cache
def _grain() -> Image.Image:
    size = (WIDTH_PX // 2, HEIGHT_PX // 2)
    noise = Image.frombytes("L", size, Random(1).randbytes(size[0] * size[1])).resize((WIDTH_PX, HEIGHT_PX))
    return Image.merge("RGB", (noise, noise, noise))


def _shade(chance: Random, colours: tuple[tuple[int, int, int], ...]) -> tuple[int, int, int]:
    red, green, blue = (max(0, min(255, part + chance.randrange(-14, 15))) for part in chance.choice(colours))
    return red, green, blue


def _draw_hills(draw: ImageDraw.ImageDraw, chance: Random, horizon: int, width: int) -> None:
    for _ in range(chance.randrange(2, 5)):
        middle, half = chance.randrange(width), chance.randrange(width // 5, width // 2)
        top = horizon - chance.randrange(10, 60)
        corners = [(middle - half, horizon), (middle, top), (middle + half, horizon)]
        draw.polygon(corners, fill=_shade(chance, ((96, 118, 96), (84, 104, 110))))


def _draw_house(draw: ImageDraw.ImageDraw, chance: Random, horizon: int, width: int) -> None:
    left, wide, tall = chance.randrange(5, width // 2), chance.randrange(70, 120), chance.randrange(40, 75)
    top, bottom = horizon + 15 - tall, horizon + 15
    draw.rectangle((left, top, left + wide, bottom), fill=_shade(chance, WALLS))
    roof = [(left - 6, top), (left + wide // 2, top - chance.randrange(14, 32)), (left + wide + 6, top)]
    draw.polygon(roof, fill=_shade(chance, ROOFS))
    door = left + chance.randrange(8, wide - 24)
    draw.rectangle((door, bottom - 32, door + 16, bottom), fill=(74, 52, 40))
    for window in range(left + 6, left + wide - 14, chance.randrange(22, 34)):
        if abs(window - door) > 16:
            draw.rectangle((window, top + 8, window + 12, top + 22), fill=(60, 74, 90))


def _draw_bush(draw: ImageDraw.ImageDraw, chance: Random, horizon: int, size: tuple[int, int]) -> None:
    x, y, radius = chance.randrange(size[0]), chance.randrange(horizon, size[1]), chance.randrange(6, 22)
    box = (x - radius, y - radius, x + radius, y + radius // 2)
    draw.ellipse(box, fill=_shade(chance, ((64, 96, 54), (88, 112, 60), (52, 78, 50))))


def _draw_person(draw: ImageDraw.ImageDraw, chance: Random, size: tuple[int, int]) -> None:
    tall = chance.randrange(42, 70)
    x, feet = chance.randrange(20, size[0] - 20), chance.randrange(size[1] * 7 // 10, size[1])
    head, shoulder = feet - tall, feet - tall * 8 // 10
    draw.ellipse((x - 5, head, x + 5, shoulder), fill=_shade(chance, ((196, 150, 120),)))
    draw.rectangle((x - 9, shoulder, x + 9, feet - tall * 4 // 10), fill=_shade(chance, CLOTHES))
    draw.rectangle((x - 7, feet - tall * 4 // 10, x + 7, feet), fill=(56, 58, 66))


def made_over(data: bytes) -> bytes:
    """Return a picture as somebody sends it who has made it smaller and brighter first."""
    picture = Image.open(BytesIO(data))
    smaller = picture.resize((picture.width * 3 // 4, picture.height * 3 // 4))
    file = BytesIO()
    smaller.point(lambda level: min(255, level * 11 // 10)).save(file, "JPEG", quality=70)
    return file.getvalue()
