"""Writes vectors.json: ids and texts by the reference implementation.

    pip install tokenizers==0.23.2
    python tests/text/reference/make_vectors.py

A case is a base tokenizer with some parts replaced, and its vectors: a text, its ids, and the text of those ids.
"""

import json
from pathlib import Path

import tokenizers
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

HERE = Path(__file__).parent
STORIES = HERE.parent.parent / "golden/stories260k_tokenizer/tokenizer.json"

LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
TRAINING = [
    "Once upon a time, there was a little girl; it's what she'll say. I'M",
    "    if (x == 12345) {\r\n\t\treturn foo_bar(-1);\r\n    }\n\n\n",
    "naïve café — “quote” 😀 日本語 ½ ² ٣٤٥ \ufeff # \u0085 # \u00a0 # \u2003 #",
] * 4
TEXTS = [
    "",
    " ",
    "   ",
    "Once upon a time",
    " Once  upon   a time ",
    "it's what I'LL say, I'M",
    "12345 1 12 ½² ٣٤٥ a1b22c333",
    "if (x == 12345) {\r\n\t\treturn foo_bar(-1);\r\n    }\n\n\n",
    "\n\n  \n \t x",
    "naïve café e\u0301 — “quote”!!! ...",
    "😀 👩‍👩‍👧 日本語 한국어",
    "\ufeff# \ufeff #\ufeff",
    "\u0085# \u0085 #\u00a0 \u2003#",
    "▁ ▁▁a x▁y _ __ a_b",
    "<s>Once</s> upon<s> <s>  a <unk>",
    "<0x41> $& \x00 \x7f",
]


def split(pattern, behavior, invert=False):
    return {
        "type": "Split",
        "pattern": {"Regex": pattern},
        "behavior": behavior,
        "invert": invert,
    }


def sequence(*parts):
    return {"type": "Sequence", "pretokenizers": list(parts)}


def byte_level(use_regex=True, add_prefix_space=False):
    return {
        "type": "ByteLevel",
        "add_prefix_space": add_prefix_space,
        "trim_offsets": True,
        "use_regex": use_regex,
    }


def metaspace(prepend_scheme, split):
    return {
        "type": "Metaspace",
        "replacement": "▁",
        "prepend_scheme": prepend_scheme,
        "split": split,
    }


def train_byte_level():
    """`<s>`, `</s>` and `<unk>`, 256 bytes and 120 merges, learnt across word borders."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(False, use_regex=False)
    tokenizer.train_from_iterator(
        TRAINING,
        trainers.BpeTrainer(
            vocab_size=3 + 256 + 120,
            special_tokens=["<s>", "</s>", "<unk>"],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            max_token_length=6,
            show_progress=False,
        ),
    )
    trained = json.loads(tokenizer.to_str())
    return {
        "added_tokens": trained["added_tokens"],
        "model": {
            "type": "BPE",
            "vocab": trained["model"]["vocab"],
            "merges": [" ".join(merge) for merge in trained["model"]["merges"]],
        },
    }


BYTE_LEVEL_PARTS = {
    "llama 3": sequence(split(LLAMA3, "Isolated"), byte_level(False)),
    "inverted isolated split": sequence(
        split(r" ?\p{L}+", "Isolated", True), byte_level(False)
    ),
    "inverted removed split": sequence(
        split(LLAMA3, "Removed", True), byte_level(False)
    ),
    "gpt-2": byte_level(),
    "gpt-2 with a prefix space": byte_level(True, True),
    "single digits": sequence(
        {"type": "Digits", "individual_digits": True}, byte_level()
    ),
    "digits of byte letters": sequence(
        {"type": "Punctuation", "behavior": "Contiguous"},
        byte_level(),
        {"type": "Digits", "individual_digits": False},
        split("[0-9][0-9][0-9]", "Isolated"),
    ),
    "punctuation": sequence(
        {"type": "Punctuation", "behavior": "Isolated"}, byte_level()
    ),
}
STORIES_PARTS = {
    "stories260k": {},
    "metaspace, first": {
        "normalizer": None,
        "pre_tokenizer": metaspace("first", False),
    },
    "metaspace, always": {
        "normalizer": None,
        "pre_tokenizer": metaspace("always", True),
        "decoder": metaspace("always", True),
    },
    "metaspace, never": {
        "normalizer": None,
        "pre_tokenizer": metaspace("never", True),
        "decoder": metaspace("never", True),
    },
}


def vectors(base, parts):
    tokenizer = Tokenizer.from_str(json.dumps({"version": "1.0", **base, **parts}))
    result = []
    for text in TEXTS:
        ids = tokenizer.encode(text).ids
        result.append(
            {
                "text": text,
                "ids": " ".join(map(str, ids)),
                "decoded": tokenizer.decode(ids),
            }
        )
    return result


def main():
    byte_level_base = train_byte_level()
    stories = json.loads(STORIES.read_text())
    cases = []
    for name, pre_tokenizer in BYTE_LEVEL_PARTS.items():
        parts = {"pre_tokenizer": pre_tokenizer, "decoder": byte_level()}
        made = vectors(byte_level_base, parts)
        cases.append({"name": name, "base": "byteLevel", "parts": parts, "vectors": made})
    for name, parts in STORIES_PARTS.items():
        made = vectors(stories, parts)
        cases.append({"name": name, "base": "stories260k", "parts": parts, "vectors": made})
    content = {
        "madeBy": f"tokenizers {tokenizers.__version__}, make_vectors.py",
        "byteLevel": byte_level_base,
        "cases": cases,
    }
    path = HERE / "vectors.json"
    path.write_text(json.dumps(content, ensure_ascii=True, indent=2) + "\n")


main()
