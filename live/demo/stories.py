"""Who comes, what the host asks, and the tiny stories that are told."""

from __future__ import annotations

NAMES: tuple[str, ...] = (
    "Amara", "Jonas", "Mei-Ling", "Tomás", "Noor", "Pelle", "Ayşe", "Kofi", "Zuzana", "Ren", "Salma", "Iñigo",
    "Freya", "Dmytro", "Lucía", "Hamid", "Sanne", "Oluwa", "Yuki", "Marek", "Leilani", "Baptiste", "Anjali", "Tove",
)  # fmt: skip

PROMPTS: tuple[str, ...] = (
    "What does the night sound like where you come from?",
    "Show us a light that you would follow.",
    "Tell us about a door that you never opened.",
    "What moves when nobody is looking?",
    "Give us something small that you carry with you.",
)

STORIES: tuple[str, ...] = (
    "My grandmother sang to the dough. It rose every time.",
    "I learned to whistle on the last bus home.",
    "The lighthouse keeper owned one book and knew every word of it but the last.",
    "We painted the ceiling blue so that the cat could dream of birds 🐈",
    "Snow fell upwards that year. Nobody believes us.",
    "He kept the key. The house had been gone for years.",
    "ولدتُ في ليلةٍ بلا قمر، فأضاء الجيران المصابيح.",
    "夜明けの駅で、だれかが小さく歌っていた。",
    "I still set two cups on the table.",
    "The river knew the way. We only had to be quiet.",
    "Three notes. Then rain. Then the same three notes from the other side of the square 🎶",
    "She waved at every train, and one day a train waved back.",
    "Our radio only worked when my brother held the antenna, so he heard every song standing up.",
    "Under the stage there is a drawer with a hundred left gloves.",
    "בלילה הזה כל החלונות ענו לנו.",
    "I walked home along the tram wires' humming.",
    "窗外的雨替我们鼓掌。",
    "The dog from number nine howls in D minor.",
    "A stranger gave me his umbrella and walked on, shining.",
    "When the lights went out, the whole street came out to look at the stars ✨",
    "My first word was 'again'.",
    "I have a jar of sand from every place where I was afraid.",
    "Someone in this hall has my old bicycle. Keep it. It likes hills.",
    "Morgens um vier gehört die Stadt den Bäckern und den Füchsen.",
    "Mi padre silbaba y las montañas contestaban.",
    "She answered the phone and it was the sea.",
)

ANSWERS: tuple[str, ...] = (
    "I hear that too.",
    "… and then the whole row began to hum.",
    "This is how it looked from the other side.",
    "Mine has a crack in it, just there.",
    "Yes. Exactly that, but slower.",
)
