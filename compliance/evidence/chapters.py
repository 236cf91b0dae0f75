"""What is promised in public: each sentence with what keeps it, the rules that tests hold it to, and its evidence."""

from typing import Final

from compliance.evidence.promises import Chapter, Promise

CHAPTERS: Final = (
    Chapter(
        "Your privacy",
        "What is kept about people, and for how long.",
        (
            Promise(
                "gdpr",
                "We keep to the GDPR, also in what we forget.",
                "Every field of every table is declared with its purpose and its time. A job deletes what is "
                "past its time, each day.",
                ("places", "forgotten"),
                ("E1", "E9", "E10"),
                more="privacy",
            ),
            Promise(
                "others",
                "Whoever handles data for us keeps to it too.",
                "Each is in a public register, with what it gets and why; owners are told thirty days before "
                "another joins.",
                ("sub_processors",),
                ("E10",),
                more="subprocessors",
            ),
            Promise(
                "passwords",
                "Nobody can read your password, nor can we.",
                "What is stored is an Argon2id hash that takes 46 MiB of memory to try once.",
                ("passwords",),
                ("P1", "P2", "P5"),
            ),
            Promise(
                "choosing",
                "You choose a strong one; we refuse those that thieves try first.",
                "Ten characters or more, of any kind, and none of 112,130 that are known to be stolen.",
                ("choice",),
                ("P3", "P4"),
            ),
            Promise(
                "second_factor",
                "A second factor is there for everybody, and we ask you to add it.",
                "No way in leads past it. Pages advise it until you have one; an owner can demand it of a team.",
                ("second_factor",),
                ("F1", "F2", "F3", "F9"),
            ),
        ),
    ),
    Chapter(
        "Who sees your data",
        "They are yours.",
        (
            Promise(
                "never_sold",
                "Your data belong to you and are sold to nobody.",
                "No page loads a script, a font or a picture from another host, and no mail is tracked. You take "
                "along what you like.",
                ("trackers", "headers"),
                ("X2", "A4"),
            ),
            Promise(
                "permission",
                "We look into an account only when its owner lets us, or when our terms seem to be broken.",
                "The staff’s site has no way to a merchant’s rows. Who is let in is let in for a time, and reads only.",
                ("staff", "staff_accesses"),
                ("S1", "S3", "S4", "S5", "S6"),
            ),
            Promise(
                "walls",
                "No account reaches the rows of another.",
                "The database itself shows one account at a time, to every part of the software, mistakes included.",
                ("tenants",),
                ("R1", "R2", "R5"),
            ),
            Promise(
                "logged",
                "What is done in an account can be read there, and nobody can rewrite it.",
                "Events are only ever added, each with a hash over the one before; every day a seal leaves the house.",
                ("audit_log",),
                ("A1", "A2", "A3"),
            ),
        ),
    ),
    Chapter(
        "The application",
        "How it is built, and how it speaks.",
        (
            Promise(
                "transit",
                "Whatever travels between you and us is encrypted, with keys of 2,048 bits or more.",
                "TLS 1.2 or newer. The certificate is read in a handshake: an RSA key of 2,048 bits, or an "
                "elliptic one that is worth more.",
                ("tls", "strict"),
                ("X1", "X9", "X11"),
            ),
            Promise(
                "secrets",
                "What opens a door elsewhere is stored under lock.",
                "Access to your sources, second factors and mails that wait are sealed for one purpose, account "
                "and row.",
                ("sealing_key",),
                ("C7", "C8"),
            ),
            Promise(
                "crafting",
                "Security is thought of from the first idea to the release.",
                "Each rule is written down with the tests that prove it; a rule without one stops the release.",
                ("reviews",),
                ("X11",),
            ),
            Promise(
                "analysis",
                "Programs and people look for faults, in our code and in what it is built on.",
                "Every change passes linters, types and all tests. Before a release people read the "
                "critical parts, and packages are held against the known faults.",
                ("reviews", "dependencies"),
                ("R12", "X6"),
            ),
            Promise(
                "browsers",
                "Nothing that is slipped into a page can run there.",
                "Browsers are told to run scripts of this site alone, and none is written inside a page.",
                ("headers",),
                ("X2", "X3"),
            ),
        ),
    ),
    Chapter(
        "The data centre",
        "Where the machines stand.",
        (
            Promise(
                "hosting",
                "The data centre’s ISO 27001 certificate stands here, as long as it is valid.",
                "A fact about the host, not about our code: staff enter the certificate, and the sentence holds "
                "while that is valid.",
                ("hosting",),
                ("E10",),
            ),
        ),
    ),
    Chapter(
        "The way of your data",
        "From signing up to the last row deleted.",
        (
            Promise(
                "trial",
                "A trial begins without a card.",
                "There is no field for a card, a bank or a tax number, neither in the form nor in the tables.",
                ("trial",),
                ("E1",),
            ),
            Promise(
                "basics",
                "Of you we store a name and an e-mail address.",
                "And what signing in takes: a hash of the password, and when and where from you are signed in, "
                "for 14 days.",
                ("basics",),
                ("E1", "P10"),
            ),
            Promise(
                "asking",
                "You choose the sources, and are asked before any of them is read.",
                "A page made from the connector itself says what is read and why; nothing is asked of a provider "
                "before you agree.",
                ("rights", "fields"),
                ("C1", "C2", "C3"),
            ),
            Promise(
                "fetching",
                "We fetch the past, the present, and what is new.",
                "History arrives newest first; then each source is read every hour, and within a minute where it "
                "rings.",
                ("imports",),
                ("W3", "W2"),
            ),
            Promise(
                "storing",
                "What is fetched is stored with us, in as many places as make your pages quick.",
                "All of them are declared, and each says how much of a source lies in it and how that is deleted.",
                ("places", "tenants"),
                ("E1", "E7"),
            ),
            Promise(
                "doors",
                "Without signing in nobody gets anything.",
                "Every address has a gate, and one that is forgotten is shut.",
                ("doors", "tenants"),
                ("Z1", "Z2"),
            ),
            Promise(
                "no_more",
                "We read nothing that we do not need.",
                "A connector can decode only the fields that it names, and every one is on the page that asks you.",
                ("fields",),
                ("C1",),
            ),
            Promise(
                "unlinking",
                "Unlink a source, and all that came from it is deleted.",
                "It is out of every figure at once and gone after 14 days; a receipt counts what lay where, "
                "before and after.",
                ("purges", "sweep", "unlink_delay"),
                ("E6", "E7"),
            ),
            Promise(
                "at_once",
                "You do not want to wait? It can be deleted at once.",
                "By a button, or by a mail to us; either way by the same machine, with the same receipt.",
                ("purges",),
                ("E6",),
            ),
        ),
    ),
    Chapter(
        "Often asked",
        "Why it is done in this way.",
        (
            Promise(
                "beforehand",
                "Data are stored beforehand, so that figures and history are there when you open a page.",
                "Sums are kept up to date as rows arrive. No page waits for a provider.",
                ("figures",),
                ("H4",),
            ),
            Promise(
                "agreement",
                "We sign an agreement on data processing.",
                "Ask for it by a form or a mail; it is a document with both signatures.",
                ("agreement",),
                ("E11", "E12", "E13"),
                more="dpa",
            ),
            Promise(
                "processing",
                "All processing was gone through, line by line.",
                "The record of processing is generated from what the code declares, so it cannot leave anything out.",
                ("places",),
                ("E1", "E10"),
            ),
        ),
    ),
)
PROMISES: Final = tuple(promise for chapter in CHAPTERS for promise in chapter.promises)
