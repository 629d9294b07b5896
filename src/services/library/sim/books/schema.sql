-- SPDX-License-Identifier: GPL-3.0-only
-- The books of the simulated library. Times are its own local time, YYYY-MM-DDTHH:MM:SS; money is in hundredths.
CREATE TABLE rule (
    class TEXT PRIMARY KEY,
    loan_days INTEGER NOT NULL,
    renew_days INTEGER NOT NULL,
    max_loans INTEGER NOT NULL,
    max_overdue INTEGER NOT NULL,
    fee_limit INTEGER NOT NULL,
    max_renewals INTEGER NOT NULL,
    max_holds INTEGER NOT NULL,
    late_fee INTEGER NOT NULL
) STRICT;
CREATE TABLE patron (
    card TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    class TEXT NOT NULL REFERENCES rule (class),
    pin TEXT,
    wrong_pins INTEGER NOT NULL DEFAULT 0,
    language TEXT NOT NULL,
    expires TEXT NOT NULL,
    lost INTEGER NOT NULL,
    blocked TEXT,
    flags INTEGER NOT NULL DEFAULT 0,
    address TEXT,
    phone TEXT,
    email TEXT
) STRICT;
CREATE TABLE patron_id (
    value TEXT PRIMARY KEY,
    card TEXT NOT NULL REFERENCES patron (card)
) STRICT;
CREATE TABLE item (
    barcode TEXT PRIMARY KEY,
    work TEXT NOT NULL,
    title TEXT NOT NULL,
    author TEXT NOT NULL,
    call TEXT NOT NULL,
    media INTEGER NOT NULL,
    home TEXT NOT NULL,
    place TEXT NOT NULL,
    status INTEGER NOT NULL,
    destination TEXT,
    loanable INTEGER NOT NULL,
    lending_fee INTEGER NOT NULL,
    price INTEGER NOT NULL,
    properties TEXT NOT NULL
) STRICT;
CREATE INDEX item_work ON item (work);
-- The primary key is the copy: nobody but one patron can have it.
CREATE TABLE loan (
    item TEXT PRIMARY KEY REFERENCES item (barcode),
    card TEXT NOT NULL REFERENCES patron (card),
    lent TEXT NOT NULL,
    due TEXT NOT NULL,
    renewals INTEGER NOT NULL
) STRICT;
CREATE INDEX loan_card ON loan (card);
CREATE TABLE hold (
    id INTEGER PRIMARY KEY,
    card TEXT NOT NULL REFERENCES patron (card),
    work TEXT NOT NULL,
    -- NULL: any copy.
    item TEXT REFERENCES item (barcode),
    pickup TEXT NOT NULL,
    placed TEXT NOT NULL,
    ready TEXT UNIQUE REFERENCES item (barcode),
    ready_until TEXT
) STRICT;
CREATE INDEX hold_work ON hold (work);
CREATE TABLE fee (
    id INTEGER PRIMARY KEY,
    card TEXT NOT NULL REFERENCES patron (card),
    item TEXT REFERENCES item (barcode),
    kind INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    paid INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX fee_card ON fee (card);
-- Everything that was asked for, in the order in which it was carried out or refused.
CREATE TABLE entry (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    item TEXT,
    card TEXT,
    at TEXT NOT NULL,
    -- When it happened, as the terminal says.
    happened TEXT NOT NULL,
    terminal TEXT NOT NULL,
    -- With the no-block flag.
    forced INTEGER NOT NULL,
    done INTEGER NOT NULL,
    reason TEXT
) STRICT;
CREATE INDEX entry_item ON entry (item);
