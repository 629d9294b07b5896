# SPDX-License-Identifier: GPL-3.0-only
"""Other pinyin engines over the same list as tests/quality.rs: librime, libgooglepinyin, libpinyin (Debian packages).

    apt-get install librime1 rime-data-luna-pinyin rime-data-pinyin-simp libgooglepinyin0 libpinyin15 libpinyin-data
    python3 peers.py ../tests/data/titles.tsv

Every engine starts without a user dictionary, gets the letters of a line one by one, and answers with its first ten
candidates for all of them. Memory is what the process has resident after the list, less what Python had before.
"""

import ctypes as c
import glob
import os
import sys
import tempfile
import time

LIST = [line.rstrip("\n").split("\t") for line in open(sys.argv[1], encoding="utf-8") if not line.startswith("#")]


def resident():
    """KiB of this process in memory."""
    for line in open("/proc/self/status", encoding="ascii"):
        if line.startswith("VmRSS"):
            return int(line.split()[1])
    return 0


def library(pattern):
    return c.CDLL(sorted(glob.glob("/usr/lib/x86_64-linux-gnu/" + pattern))[0])


def rime(schema):
    lib = library("librime.so.1*")

    class Traits(c.Structure):
        _fields_ = [("data_size", c.c_int)] + [
            (name, c.c_char_p)
            for name in (
                "shared_data_dir user_data_dir distribution_name distribution_code_name distribution_version app_name"
            ).split()
        ] + [("modules", c.c_void_p), ("min_log_level", c.c_int), ("log_dir", c.c_char_p),
             ("prebuilt_data_dir", c.c_char_p), ("staging_dir", c.c_char_p)]

    class Candidate(c.Structure):
        _fields_ = [("text", c.c_char_p), ("comment", c.c_char_p), ("reserved", c.c_void_p)]

    class Iterator(c.Structure):
        _fields_ = [("ptr", c.c_void_p), ("index", c.c_int), ("candidate", Candidate)]

    place = tempfile.mkdtemp()
    with open(place + "/default.custom.yaml", "w", encoding="ascii") as file:
        file.write("patch:\n  schema_list:\n    - schema: %s\n" % schema)
    with open(place + "/%s.custom.yaml" % schema, "w", encoding="ascii") as file:
        file.write("patch:\n  translator/enable_user_dict: false\n")
    traits = Traits(c.sizeof(Traits) - 4, b"/usr/share/rime-data", place.encode(), b"t", b"t", b"1", b"rime.t",
                    None, 3, b"", None, None)
    lib.RimeSetup(c.byref(traits))
    lib.RimeInitialize(c.byref(traits))
    lib.RimeStartMaintenance(1)
    lib.RimeJoinMaintenanceThread()
    lib.RimeCreateSession.restype = c.c_size_t
    session = c.c_size_t(lib.RimeCreateSession())
    assert lib.RimeSelectSchema(session, schema.encode())
    for option in (b"simplification", b"zh_simp", b"zh_hans"):
        lib.RimeSetOption(session, option, 1)

    def first():
        found, iterator = [], Iterator()
        if lib.RimeCandidateListBegin(session, c.byref(iterator)):
            while len(found) < 10 and lib.RimeCandidateListNext(c.byref(iterator)):
                found.append(iterator.candidate.text.decode())
            lib.RimeCandidateListEnd(c.byref(iterator))
        return found

    def press(letter):
        lib.RimeProcessKey(session, ord(letter), 0)
        first()

    return lambda: lib.RimeClearComposition(session), press, first


def google():
    lib = library("libgooglepinyin.so.0*")
    lib.im_get_candidate.restype = c.c_void_p
    data = glob.glob("/usr/lib/x86_64-linux-gnu/googlepinyin/data/dict_pinyin.dat")[0]
    assert lib.im_open_decoder(data.encode(), os.path.join(tempfile.mkdtemp(), "user.dat").encode())
    state = {"keys": b"", "count": 0}

    def clear():
        lib.im_reset_search()
        state["keys"] = b""

    def press(letter):
        state["keys"] += letter.encode()
        state["count"] = lib.im_search(state["keys"], len(state["keys"]))

    def first():
        found, room = [], c.create_string_buffer(512)
        for index in range(min(10, state["count"])):
            if lib.im_get_candidate(index, room, 200):
                found.append(bytes(room).decode("utf-16-le").split("\0")[0])
        return found

    return clear, press, first


def libpinyin():
    lib = library("libpinyin.so.15*")
    for name in ("pinyin_init", "pinyin_alloc_instance"):
        getattr(lib, name).restype = c.c_void_p
    context = c.c_void_p(lib.pinyin_init(b"/usr/lib/x86_64-linux-gnu/libpinyin/data", tempfile.mkdtemp().encode()))
    # Incomplete syllables and dynamic adjustment off; as ibus-libpinyin starts.
    lib.pinyin_set_options(context, c.c_uint(1 << 3 | 1 << 9))
    instance = c.c_void_p(lib.pinyin_alloc_instance(context))
    state = {"keys": b""}

    def press(letter):
        state["keys"] += letter.encode()
        lib.pinyin_parse_more_full_pinyins(instance, state["keys"])
        lib.pinyin_guess_sentence(instance)
        lib.pinyin_guess_candidates(instance, c.c_size_t(0), c.c_uint(0x1 << 1 | 0x1 << 2))

    def first():
        count = c.c_uint(0)
        lib.pinyin_get_n_candidate(instance, c.byref(count))
        found = []
        for index in range(min(10, count.value)):
            candidate, text = c.c_void_p(), c.c_char_p()
            lib.pinyin_get_candidate(instance, c.c_uint(index), c.byref(candidate))
            lib.pinyin_get_candidate_string(instance, candidate, c.byref(text))
            found.append(text.value.decode())
        return found

    def clear():
        lib.pinyin_reset(instance)
        state["keys"] = b""

    return clear, press, first


def measure(name, start):
    before, began = resident(), time.perf_counter()
    clear, press, first = start()
    opened, hits, times = time.perf_counter() - began, [0, 0, 0], []
    for _, text, pinyin in LIST:
        clear()
        for letter in pinyin.replace("'", ""):
            began = time.perf_counter()
            press(letter)
            times.append(time.perf_counter() - began)
        found = first()
        for place, limit in enumerate((1, 5, 10)):
            hits[place] += text in found[:limit]
    times.sort()
    share = " ".join("top-%d %.1f %%" % (n, 100 * h / len(LIST)) for n, h in zip((1, 5, 10), hits))
    print("%-22s %s; %.2f ms p50, %.2f ms p99 a key; opened in %.0f ms, %.1f MiB" % (
        name, share, 1e3 * times[len(times) // 2], 1e3 * times[int(len(times) * 0.99)], 1e3 * opened,
        (resident() - before) / 1024))


ENGINES = {
    "rime-luna-pinyin": lambda: rime("luna_pinyin_simp"),
    "rime-pinyin-simp": lambda: rime("pinyin_simp"),
    "libgooglepinyin": google,
    "libpinyin": libpinyin,
}

for wanted in sys.argv[2:] or ENGINES:
    if len(sys.argv) > 2:
        measure(wanted, ENGINES[wanted])
    else:
        # One process each: memory is then that engine's alone.
        os.system("%s %s %s %s" % (sys.executable, sys.argv[0], sys.argv[1], wanted))
