"""The articles a merchant of the Wawi page has: plain ones, odd ones, and one at the limits of contract 6.1."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Article:
    """`dimensions` (attribute id and values) make variations; `pictures` counts those of the `motif`.

    A demo marketplace refuses what has no picture or no GTIN, and a title of more than 80 characters.
    """

    key: str
    sku: str
    title: str
    price: str
    sub_title: str = ""
    description: str = ""
    brand: str = ""
    gtin: str | None = None
    isbn: str | None = None
    motif: str = ""
    pictures: int = 0
    quantity: str = "25"
    attributes: int = 3
    dimensions: tuple[tuple[str, tuple[str, ...]], ...] = ()


LONG_TITLE = "Artikel an den Grenzen: 512 Zeichen Titel, 50.000 Zeichen Text, 50 Bilder, 250 Merkmale"
LONG_WORDS = " – für Prüfungen mit größtmöglichem Inhalt"
LONG_PARAGRAPH = "<p>Größe &amp; Länge: Dieser Absatz steht so oft hier, bis der Text voll ist. 🙂</p>"
FULL_TITLE = (LONG_TITLE + LONG_WORDS * 20)[:512]
FULL_SUB_TITLE = ("Untertitel mit 1.024 Zeichen" + LONG_WORDS * 40)[:1024]
FULL_DESCRIPTION = (LONG_PARAGRAPH * (50_000 // len(LONG_PARAGRAPH))).ljust(50_000)

ARTICLES = (
    Article(
        key="headphones",
        sku="KOPF-100",
        title="Kopfhörer Nordlicht – kabellos, 40 Stunden Laufzeit",
        sub_title="Große Ohrmuscheln, weiche Polster ♫",
        description="<h2>Kopfhörer Nordlicht</h2><p>Hören Sie <strong>40 Stunden</strong> ohne Pause. Geräusche "
        "bleiben draußen &amp; Musik drinnen. 🎧</p><ul><li>Bluetooth 5.3</li><li>faltbar</li><li>USB-C</li></ul>",
        brand="Nordlicht",
        price="89.90",
        gtin="4006381333931",
        motif="headphones",
        pictures=6,
    ),
    Article(
        key="teapot",
        sku="KANNE-7",
        title="Teekanne Äsche, 1,2 Liter",
        sub_title="Steinzeug, von Hand glasiert",
        description="<p>Eine Kanne für <em>sechs</em> Tassen, spülmaschinenfest. Noch ohne Foto.</p>",
        brand="Töpferei Süß",
        price="34.50",
        gtin="4012345678901",
    ),
    Article(
        key="lamp",
        sku="LEUCHTE-3",
        title="Schreibtischleuchte Bögle",
        sub_title="Dimmbar, warmweiß bis tageslicht",
        description="<p>Drei Gelenke, ein Schalter. Vom Hersteller ohne Strichcode geliefert.</p>",
        brand="Bögle",
        price="59.00",
        motif="lamp",
        pictures=3,
    ),
    Article(
        key="shirt",
        sku="HEMD-20",
        title="Leinenhemd Küste",
        sub_title="Aus europäischem Leinen",
        description="<p>Luftig, bügelleicht und in vier Größen. <br>Fällt normal aus.</p>",
        brand="Küste & Meer",
        price="49.95",
        gtin="4013245678909",
        motif="shirt",
        pictures=4,
        quantity="0",
        dimensions=(("size", ("S", "M", "L", "XL")),),
    ),
    Article(
        key="socks",
        sku="SOCKE-5",
        title="Wollsocken Gänsemarsch",
        sub_title="Gestreift, in drei Farben und zwei Größen",
        description="<p>Warm, weich, waschbar.</p><table><tr><th>Größe</th><td>36–40 / 41–45</td></tr></table>",
        brand="Strickstübchen",
        price="12.90",
        gtin="4019876543210",
        motif="socks",
        pictures=3,
        quantity="0",
        dimensions=(("color", ("Blau", "Grün", "Weinrot")), ("size", ("36–40", "41–45"))),
    ),
    Article(
        key="mug",
        sku="BECHER-1",
        title="☕ Becher „Moin“ – 0,3 l 💙",
        sub_title="Mit Emoji, damit Sie sehen, ob Ihr Kanal sie aushält 🫖🧑‍🍳",
        description="<p>Guten Morgen 🌅, guten Tag ☀️, gute Nacht 🌙.</p>",
        brand="Töpferei Süß",
        price="9.99",
        gtin="4025127099887",
        motif="mug",
        pictures=2,
        quantity="480",
    ),
    Article(
        key="book",
        sku="BUCH-42",
        title="Das große Buch der Umlaute",
        sub_title="Ä wie Äquator, Ö wie Öse, Ü wie Übermut, ß wie Straße",
        description="<p>Mit <q>«französischen»</q>, „deutschen“ und &quot;einfachen&quot; Anführungszeichen, "
        "einem &lt;Tag&gt; und einem &nbsp;geschützten Leerzeichen.</p>",
        brand="Verlag Schön & Gut",
        price="24.00",
        gtin="9783161484100",
        isbn="978-3-16-148410-0",
        motif="book",
        pictures=1,
        quantity="4",
    ),
    Article(
        key="clock",
        sku="UHR-12",
        title="Wanduhr Übermorgen",
        sub_title="Leises Uhrwerk, 30 cm",
        description="<div><p>Tickt nicht.</p><p><a href='https://example.com/uhr'>Zur Herstellerseite</a></p></div>",
        brand="Zeitgeist",
        price="1299.00",
        gtin="4030303030301",
        motif="clock",
        pictures=1,
        quantity="1",
    ),
    Article(
        key="ball",
        sku="BALL-9",
        title="Fußball Bolzplatz ⚽ Größe 5",
        sub_title="Für Straße und Wiese",
        description="Nur Text, ganz ohne HTML.\nMit einem Zeilenumbruch.",
        brand="Bolzplatz",
        price="19.95",
        gtin="4040404040406",
        motif="ball",
        pictures=2,
        quantity="12.5",
    ),
    Article(
        key="plant",
        sku="PFLANZE-3",
        title="Efeutute im Übertopf",
        price="14.50",
        gtin="4050505050501",
        motif="plant",
        pictures=1,
        quantity="0",
        attributes=0,
    ),
    Article(
        key="limits",
        sku="GRENZE-512",
        title=FULL_TITLE,
        sub_title=FULL_SUB_TITLE,
        description=FULL_DESCRIPTION,
        brand="Grenzfall",
        price="99999999.99",
        gtin="4060606060606",
        motif="*",
        pictures=50,
        quantity="999999",
        attributes=250,
    ),
)
