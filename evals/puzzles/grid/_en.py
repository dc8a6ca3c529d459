"""English settings of the logic grids."""

from __future__ import annotations

from functools import partial

from evals.puzzles._words import DAYS, MONTHS, clock_in, counted, ordinal, word
from evals.puzzles.grid._axes import counted_from, half_hours, in_a_row, multiples, readings, weekdays
from evals.puzzles.grid._scene import Cat, Scene


def _minutes(value: int) -> str:
    hours, half = divmod(value, 60)
    if not hours:
        return "half an hour"
    if half:
        return "an hour and a half" if hours == 1 else f"{word(hours)} and a half hours"
    return "an hour" if hours == 1 else f"{word(hours)} hours"


EN: tuple[Scene, ...] = (
    Scene(
        key="docks",
        prep="at",
        axis=half_hours,
        label=partial(clock_in, "en"),
        cats=(
            Cat(
                title="driver",
                items=("Hollis", "Iqbal", "Jansen", "Kaur", "Lomax", "Petrie", "Quinn", "Rossi"),
                listing="the drivers were {}",
            ),
            Cat(
                title="load",
                items=("flour", "glass", "timber", "ceramics", "cheese", "steel", "cable", "paint"),
                listing="the loads were {}",
                whole="the {} lorry",
                short="the {}",
            ),
            Cat(
                title="dock",
                items=("A", "B", "C", "D", "E", "F"),
                listing="each lorry was unloaded at a different dock: {}",
                whole="the lorry at dock {}",
                short="dock {}",
            ),
        ),
        openings=(
            (
                "The gatehouse sheet got soaked. All we can still read is that {n} "
                "lorries came in one at a time, at {labels}."
            ),
            "Between us we have to rebuild this morning's arrivals: {n} lorries, one each at {labels}.",
            "I need to fill in the goods-in log from memory. {n} lorries arrived, at {labels}, one at each time.",
        ),
        ties={
            "01": "{x} brought {y}|{x} did not bring {y}",
            "02": "{x} used {y}|{x} did not use {y}",
            "12": "{x} went to {y}|{x} did not go to {y}",
            "0@": "{x} arrived at {y}|{x} did not arrive at {y}",
            "1@": "{x} arrived at {y}|{x} did not arrive at {y}",
            "2@": "{x} was used at {y}|{x} was not used at {y}",
        },
        relations={
            "before": ("{x} arrived some time before {y}", "by the time {y} came, {x} was already in"),
            "exact": ("{x} came exactly {d} after {y}",),
            "next": (
                "{x} and {y} came in one directly after the other, in one order or the other",
                "{x} and {y} arrived half an hour apart",
            ),
            "apart": ("{x} and {y} arrived at least an hour apart",),
            "gap": ("exactly {k} other lorr{ies} came between {x} and {y}",),
            "between": ("{x} came between {y} and {z}, whichever of those two was first",),
            "end": ("{x} was either the first to arrive or the last",),
        },
        asks=("Rebuild the sheet.", "Who came when, with what?"),
        row="lorry",
        place="times",
        by="in order of arrival",
        unit=_minutes,
    ),
    Scene(
        key="floors",
        prep="on",
        axis=counted_from(2),
        label="floor {}".format,
        cats=(
            Cat(
                title="firm",
                items=("Brightwell", "Calder", "Dunmore", "Eastgate", "Fenwick", "Harlow", "Kestrel"),
                listing="the firms are {}",
            ),
            Cat(
                title="business",
                items=("law", "travel", "software", "design", "payroll", "recruitment", "insurance"),
                listing="their lines of business are {}",
                whole="the {} firm",
            ),
            Cat(
                title="plant",
                items=("fern", "cactus", "palm", "orchid", "ivy", "yucca", "bamboo"),
                listing="each has a different plant in reception: {}",
                whole="the firm with the {}",
                short="the {}",
            ),
        ),
        openings=(
            "A small office block has its lobby at street level and one firm on each storey above it: {labels}.",
            "The sign in the lift has fallen off and has to be made anew: {labels}, one firm each.",
            (
                "The new caretaker is trying to learn who is where. There are {n} "
                "floors of offices, {labels}, with one firm on each."
            ),
        ),
        ties={
            "01": "{x} is in {y}|{x} is not in {y}",
            "02": "{x} has {y}|{x} does not have {y}",
            "12": "the {x} firm has {y}|the {x} firm does not have {y}",
            "0@": "{x} is on {y}|{x} is not on {y}",
            "1@": "the {x} firm is on {y}|the {x} firm is not on {y}",
            "2@": "{x} is on {y}|{x} is not on {y}",
        },
        relations={
            "before": ("{x} is somewhere below {y}", "you have to go up to get from {x} to {y}"),
            "exact": ("{x} is exactly {d} above {y}",),
            "next": ("{x} and {y} are on neighbouring floors",),
            "apart": ("{x} and {y} are neither on the same floor nor on neighbouring floors",),
            "gap": ("exactly {k} floor{s} lie{v} between {x} and {y}",),
            "between": ("{x} is somewhere between {y} and {z}, whichever of those two is higher up",),
            "end": ("{x} has either the top floor or the lowest of these floors",),
        },
        asks=("What is on each floor?", "Work out the plan of the building."),
        row="floor",
        place="floors",
        by="from the lowest floor up",
        unit=lambda value: counted(value, "floor"),
    ),
    Scene(
        key="training",
        prep="on",
        axis=weekdays,
        label=DAYS["en"].__getitem__,
        cats=(
            Cat(
                title="trainer",
                items=("Amara", "Bettina", "Callum", "Dev", "Esther", "Farid", "Greta", "Hugo"),
                listing="the trainers are {}",
                whole="{}'s session",
            ),
            Cat(
                title="topic",
                items=("fire safety", "contracts", "dashboards", "complaints", "minutes", "budgeting", "labour law"),
                listing="the topics are {}",
                whole="the {} session",
            ),
            Cat(
                title="room",
                items=("101", "205", "214", "302", "317", "401"),
                listing="every session is in a different room: {}",
                whole="the session in room {}",
                short="room {}",
            ),
        ),
        openings=(
            "This week's in-house training has {n} sessions, one a day, on {labels}, each with its own trainer.",
            "Next week {n} colleagues give one short course each, one on each of {labels}.",
            (
                "The training timetable will not open any more. We know there is one "
                "session a day on {labels}, with a different trainer each time."
            ),
        ),
        ties={
            "01": "{x} teaches {y}|{x} does not teach {y}",
            "02": "{x} is in {y}|{x} is not in {y}",
            "12": "the {x} session is in {y}|the {x} session is not in {y}",
            "0@": "{x} is on {y}|{x} is not on {y}",
            "1@": "the {x} session is on {y}|the {x} session is not on {y}",
            "2@": "{x} is used on {y}|{x} is not used on {y}",
        },
        relations={
            "before": ("{x} comes earlier in the week than {y}", "{y} is later in the week than {x}"),
            "exact": ("{x} comes exactly {d} after {y}",),
            "next": ("{x} and {y} are on consecutive days, in one order or the other",),
            "apart": ("{x} and {y} are neither on the same day nor on consecutive days",),
            "gap": ("exactly {k} day{s} lie{v} between {x} and {y}",),
            "between": ("{x} falls between {y} and {z}, whichever of those two comes first",),
            "end": ("{x} is either the first of the sessions or the last",),
        },
        asks=("Rebuild the timetable.", "Who teaches what, where and when?"),
        row="day",
        place="days",
        by="in order of the days",
        unit=lambda value: counted(value, "day"),
    ),
    Scene(
        key="quotes",
        prep="",
        axis=multiples((200, 300, 400, 600)),
        label="£{:,}".format,
        cats=(
            Cat(
                title="firm",
                items=("Ashby", "Corrin", "Marlow", "Pell", "Redfern", "Stoke", "Tilney"),
                listing="the firms are {}, and each quoted for one job only",
                whole="{}'s quote",
            ),
            Cat(
                title="job",
                items=("roof", "boiler", "windows", "wiring", "gutters", "fencing", "plastering"),
                listing="the jobs are {}",
                whole="the quote for the {}",
                short="the {}",
            ),
            Cat(
                title="town",
                items=("Alton", "Bourne", "Crewe", "Dorking", "Ely", "Frome"),
                listing="the firms come from {}",
                whole="the quote from {}",
            ),
        ),
        openings=(
            "For the village hall we have {n} quotes, of {labels}, but the covering letters have gone missing.",
            "{n} firms each quoted for one repair to the school, and the sums were {labels}.",
            "The treasurer has {n} quotes, {labels}, and no longer knows which is which.",
        ),
        ties={
            "01": "{x} quoted for {y}|{x} did not quote for {y}",
            "02": "{x} comes from {y}|{x} does not come from {y}",
            "12": "the quote for {x} came from {y}|the quote for {x} did not come from {y}",
            "0@": "{x} quoted {y}|{x} did not quote {y}",
            "1@": "the quote for {x} is {y}|the quote for {x} is not {y}",
            "2@": "the firm from {x} quoted {y}|the firm from {x} did not quote {y}",
        },
        relations={
            "before": ("{x} is cheaper than {y}", "{y} is dearer than {x}"),
            "exact": ("{x} is exactly {d} dearer than {y}",),
            "ratio": ("{x} comes to exactly {t} as much as {y}",),
            "sum": ("{x} and {y} together come to {d}",),
            "between": ("{x} lies between {y} and {z}, whichever of those two is dearer",),
            "end": ("{x} is either the cheapest of all or the dearest",),
        },
        asks=("Work out who quoted what for which job.", "Please match everything up."),
        row="quote",
        place="amounts",
        by="from the cheapest quote to the dearest",
        unit=lambda value: f"£{value:,}",
    ),
    Scene(
        key="market",
        prep="on",
        axis=counted_from(1),
        label="pitch {}".format,
        cats=(
            Cat(
                title="trader",
                items=("Abel", "Bridget", "Conor", "Della", "Edwin", "Faye", "Gwen", "Huw"),
                listing="the traders are {}",
            ),
            Cat(
                title="goods",
                items=("honey", "pottery", "plants", "cheese", "baskets", "candles", "prints", "bread"),
                listing="they sell {}",
                whole="the {} stall",
            ),
            Cat(
                title="awning",
                items=("red", "blue", "green", "yellow", "white", "purple", "grey"),
                listing="the awnings are {}, one of each",
                whole="the {} awning",
                short="the {} awning",
            ),
        ),
        openings=(
            "The Saturday market has {n} stalls in a row. Walking in from the gate you pass {labels}.",
            "I am checking who paid for which pitch last Sunday. From left to right they are {labels}.",
            (
                "Somebody has lost the plan of the market. There is one row with {n} "
                "stalls, {labels}, numbered from left to right."
            ),
        ),
        ties={
            "01": "{x} sells {y}|{x} does not sell {y}",
            "02": "{x} has {y}|{x} does not have {y}",
            "12": "the {x} stall has {y}|the {x} stall does not have {y}",
            "0@": "{x} is on {y}|{x} is not on {y}",
            "1@": "the {x} stall is on {y}|the {x} stall is not on {y}",
            "2@": "{x} is on {y}|{x} is not on {y}",
        },
        relations={
            "before": ("{x} is on a lower number than {y}", "{y} is on a higher number than {x}"),
            "exact": ("the pitch number of {x} is exactly {d} higher than that of {y}",),
            "next": ("{x} is right next to {y}", "{x} and {y} are neighbours"),
            "apart": ("{x} and {y} are on two pitches that are not next to each other",),
            "gap": ("exactly {k} pitch{es} lie{v} between {x} and {y}",),
            "between": ("{x} is somewhere between {y} and {z}",),
            "end": ("{x} is at one end of the row",),
        },
        asks=("Draw up the plan again.", "Who stands where, and with what?"),
        row="pitch",
        place="numbers",
        by="in order of pitch number",
        unit=str,
    ),
    Scene(
        key="garage",
        prep="",
        axis=counted_from(1),
        label=partial(ordinal, "en"),
        cats=(
            Cat(
                title="owner",
                items=("Ms Dalton", "Mr Ferris", "Mrs Gupta", "Mr Hale", "Ms Ivory", "Mr Jacobs", "Mrs Kemp"),
                listing="the owners are {}",
            ),
            Cat(
                title="job",
                items=("brakes", "tyres", "battery", "exhaust", "wipers", "clutch", "headlights"),
                listing="the jobs were {}",
                whole="the owner who came for the {}",
                short="the {}",
            ),
            Cat(
                title="colour",
                items=("white", "black", "silver", "red", "blue", "green", "beige"),
                listing="the cars are {}",
                whole="the owner of the {} car",
                short="{}",
            ),
        ),
        openings=(
            (
                "Our garage handed back {n} cars today, one at a time, and the job "
                "cards are now in the wrong order. I have to sort them: {labels}."
            ),
            "{n} cars went out of the workshop today, never two at once. Nobody noted the order ({labels}).",
            "I want to know in what order {n} customers picked up their cars today ({labels}); no two came together.",
        ),
        ties={
            "01": "{x} came for {y}|{x} did not come for {y}",
            "02": "{x}'s car is {y}|{x}'s car is not {y}",
            "12": "the car that was in for {x} is {y}|the car that was in for {x} is not {y}",
            "0@": "{x} was {y} to collect|{x} was not {y} to collect",
            "1@": "the car that was in for {x} was {y} to go out|the car that was in for {x} was not {y} to go out",
            "2@": "the {x} car was {y} to go out|the {x} car was not {y} to go out",
        },
        relations={
            "before": ("{x} collected before {y}", "when {y} came to collect, {x} had already left"),
            "exact": ("{x} collected exactly {d} later than {y}",),
            "next": ("{x} and {y} collected one directly after the other, in one order or the other",),
            "apart": ("{x} and {y} are two people, and at least one other person collected between them",),
            "gap": ("exactly {k} other {people} collected between {x} and {y}",),
            "between": ("{x} collected between {y} and {z}, whichever of those two came first",),
            "end": ("{x} was either the first to collect or the last",),
        },
        asks=("In what order did the cars go out, and what was done to which?", "Put the job cards in order again."),
        row="car",
        place="places",
        by="in the order in which the cars went out",
        unit=lambda value: counted(value, "place"),
    ),
    Scene(
        key="samples",
        prep="",
        axis=readings,
        label="{} mg/L".format,
        cats=(
            Cat(
                title="sampler",
                items=("Nadia", "Owen", "Pilar", "Ravi", "Sian", "Tomas", "Una", "Viktor"),
                listing="the samplers were {}, one bottle each",
                whole="{}'s sample",
            ),
            Cat(
                title="site",
                items=("reservoir", "well", "river", "pond", "ditch", "marsh", "harbour"),
                listing="the sites were {}",
                whole="the {} sample",
                short="the {}",
            ),
            Cat(
                title="cap",
                items=("red", "blue", "green", "yellow", "black", "white", "grey"),
                listing="the bottles have caps in different colours: {}",
                whole="the bottle with the {} cap",
                short="the {} cap",
            ),
        ),
        openings=(
            (
                "The lab measured nitrate in {n} water samples and got {labels}, but "
                "the labels have washed off the bottles."
            ),
            "A class took {n} water samples. The nitrate readings came back as {labels}.",
            "We have {n} nitrate readings, {labels}, and as many bottles, and need to know which belongs to which.",
        ),
        ties={
            "01": "{x} sampled {y}|{x} did not sample {y}",
            "02": "{x}'s bottle has {y}|{x}'s bottle does not have {y}",
            "12": "the sample from {x} has {y}|the sample from {x} does not have {y}",
            "0@": "{x}'s reading was {y}|{x}'s reading was not {y}",
            "1@": "the reading for {x} was {y}|the reading for {x} was not {y}",
            "2@": "the bottle with {x} read {y}|the bottle with {x} did not read {y}",
        },
        relations={
            "before": ("{x} has a lower reading than {y}", "{y} has a higher reading than {x}"),
            "exact": ("{x} has a reading exactly {d} higher than {y}",),
            "ratio": ("{x} has exactly {t} the reading of {y}",),
            "sum": ("the readings of {x} and {y} add up to {d}",),
            "between": ("the reading of {x} lies between those of {y} and {z}",),
            "end": ("{x} has either the lowest reading or the highest",),
        },
        asks=("Match up the bottles.", "Which reading belongs to whom?"),
        row="bottle",
        place="readings",
        by="from the lowest reading to the highest",
        unit=lambda value: f"{value} mg/L",
    ),
    Scene(
        key="launches",
        prep="in",
        axis=in_a_row(1, 10),
        label=lambda value: MONTHS[value - 1],
        cats=(
            Cat(
                title="team",
                items=("Amber", "Birch", "Cedar", "Delta", "Ember", "Falcon", "Granite"),
                listing="the teams are {}, with one product each",
                whole="team {}'s product",
            ),
            Cat(
                title="product",
                items=("toaster", "humidifier", "desk lamp", "kettle", "fan", "heater", "juicer"),
                listing="the products are these: {}",
                whole="the {}",
                short="the {}",
            ),
            Cat(
                title="test city",
                items=("Leeds", "Cardiff", "Derby", "Exeter", "Perth", "Norwich", "Belfast"),
                listing="each is tested in a different city: {}",
                whole="the product tested in {}",
            ),
        ),
        openings=(
            "The launch plan was deleted by mistake. One new product comes out in each of {labels}.",
            "Each of {n} teams brings out one product this year, one in each of {labels}.",
            "Marketing has {n} launches, one a month, in {labels}, and only scraps of the plan.",
        ),
        ties={
            "01": "team {x} makes {y}|team {x} does not make {y}",
            "02": "team {x} tests in {y}|team {x} does not test in {y}",
            "12": "{x} is tested in {y}|{x} is not tested in {y}",
            "0@": "team {x} launches in {y}|team {x} does not launch in {y}",
            "1@": "{x} comes out in {y}|{x} does not come out in {y}",
            "2@": "the product tested in {x} comes out in {y}|the product tested in {x} does not come out in {y}",
        },
        relations={
            "before": ("{x} comes out earlier than {y}", "{y} comes out later than {x}"),
            "exact": ("{x} comes out exactly {d} after {y}",),
            "next": ("{x} and {y} come out in consecutive months, in one order or the other",),
            "apart": ("{x} and {y} come out neither in the same month nor in consecutive months",),
            "gap": ("exactly {k} month{s} lie{v} between {x} and {y}",),
            "between": ("{x} comes out between {y} and {z}, whichever of those is first",),
            "end": ("{x} is either the first launch or the last",),
        },
        asks=("Rebuild the plan.", "What does each team launch, when, and where is it tested?"),
        row="launch",
        place="months",
        by="in order of the months",
        unit=lambda value: counted(value, "month"),
    ),
)
