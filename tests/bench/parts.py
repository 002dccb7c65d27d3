"""Parts of muster by themselves, beside the libraries that could stand in their place."""

from measure import GIB, make, race


def engines(scale):
    packed = make("part.sql.gz", "{corpus} sql {bytes} | gzip -1 > {out}", bytes=int(GIB * scale))
    race("gzip inflated, one thread, MB/s of text", "engines", "inflate", packed)
    tar = make("members.tar", "{corpus} members {count} > {out}", count=int(1000000 * scale))
    race("a tar walked, one thread", "engines", "walk", tar)


def digests(scale):
    race("digests, one thread, beside OpenSSL's one after the other", "hash")


def patterns(scale):
    texts = [make(f"text.{kind}", "{corpus} " + kind + " {bytes} > {out}", bytes=int(GIB * scale / 4)) for kind in ["sql", "log"]]
    race("patterns that are not in the text, one thread", "scan", *texts)
