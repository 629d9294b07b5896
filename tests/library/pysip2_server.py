# SPDX-License-Identifier: GPL-3.0-only
"""A small library on pysip2, an independent SIP2 server: what our client is tried against.

Usage: pysip2_server.py ENCODING. Prints its port, serves one invented patron and three invented books until killed.
"""

import sys

import anyio
import pysip2

ENCODING = sys.argv[1]
PATRON, PIN, NAME = "6110001", "4711", "王小明"
TITLES = {"B001": "三体", "B002": "红楼梦", "B003": "café | 茶"}
DUE = "20261206    235900"
LIMIT = 2

if ENCODING == "cp850":
    NAME, TITLES = "José Müller", {"B001": "Über den Fluß", "B002": "Ça va", "B003": "Ñandú"}

server = pysip2.SIP2Server(
    encoding=ENCODING, institution_id="NHLIB", login_required=True, timeout_period="030", retries_allowed="003"
)
loans: dict[str, str] = {}


def title(item: str) -> str:
    return TITLES.get(item, "").replace("|", " ")


@server.route(pysip2.LOGIN)
def login(request, context):
    good = request.login_user_id == "doorstep" and request.login_password == "sesame"
    return pysip2.LoginResponse(ok="1" if good else "0")


def pages(request, items):
    first = int(request.start_item or 1)
    last = int(request.end_item or len(items))
    return tuple(items[first - 1 : last])


@server.route(pysip2.PATRON_INFORMATION)
def patron(request, context):
    known = request.patron_identifier == PATRON
    charged = sorted(item for item, holder in loans.items() if holder == request.patron_identifier)
    return pysip2.PatronInformationResponse(
        patron_status=" " * 14 if known else "YYYY" + " " * 10,
        language=request.language,
        transaction_date=context.now_18(),
        hold_items_count="0000",
        overdue_items_count="0000",
        charged_items_count=f"{len(charged):04}",
        fine_items_count="    ",
        recall_items_count="    ",
        unavailable_holds_count="0000",
        institution_id="NHLIB",
        patron_identifier=request.patron_identifier,
        personal_name=NAME if known else "",
        charged_items_limit=f"{LIMIT:04}",
        valid_patron="Y" if known else "N",
        valid_patron_password="Y" if request.patron_password == PIN else "N",
        currency_type="CNY",
        fee_amount="1.50",
        charged_items=pages(request, charged) if request.summary[2] == "Y" else (),
    )


@server.route(pysip2.ITEM_INFORMATION)
def item(request, context):
    known = request.item_identifier in TITLES
    charged = request.item_identifier in loans
    return pysip2.ItemInformationResponse(
        circulation_status="04" if charged else "03" if known else "01",
        security_marker="02",
        fee_type="01",
        transaction_date=context.now_18(),
        item_identifier=request.item_identifier,
        title_identifier=title(request.item_identifier),
        due_date=DUE if charged else None,
    )


@server.route(pysip2.CHECKOUT)
def checkout(request, context):
    holder = loans.get(request.item_identifier)
    mine = sum(1 for other in loans.values() if other == request.patron_identifier)
    good = request.item_identifier in TITLES and holder is None and mine < LIMIT
    if good:
        loans[request.item_identifier] = request.patron_identifier
    return pysip2.CheckoutResponse(
        ok="1" if good else "0",
        renewal_ok="N",
        magnetic_media="U",
        desensitize="Y" if good else "N",
        transaction_date=context.now_18(),
        institution_id="NHLIB",
        patron_identifier=request.patron_identifier,
        item_identifier=request.item_identifier,
        title_identifier=title(request.item_identifier),
        due_date=DUE if good else "",
        screen_message=() if good else ("LIMIT" if mine >= LIMIT else "NOT AVAILABLE",),
    )


@server.route(pysip2.CHECKIN)
def checkin(request, context):
    holder = loans.pop(request.item_identifier, None)
    return pysip2.CheckinResponse(
        ok="1" if holder else "0",
        resensitize="Y" if holder else "N",
        magnetic_media="U",
        alert="N",
        transaction_date=context.now_18(),
        institution_id="NHLIB",
        item_identifier=request.item_identifier,
        permanent_location="GATE",
        title_identifier=title(request.item_identifier),
    )


@server.route(pysip2.RENEW)
def renew(request, context):
    good = loans.get(request.item_identifier) == request.patron_identifier
    return pysip2.RenewResponse(
        ok="1" if good else "0",
        renewal_ok="Y" if good else "N",
        magnetic_media="U",
        desensitize="N",
        transaction_date=context.now_18(),
        institution_id="NHLIB",
        patron_identifier=request.patron_identifier,
        item_identifier=request.item_identifier,
        title_identifier=title(request.item_identifier),
        due_date=DUE if good else "",
    )


@server.route(pysip2.RENEW_ALL)
def renew_all(request, context):
    mine = tuple(sorted(item for item, holder in loans.items() if holder == request.patron_identifier))
    return pysip2.RenewAllResponse(
        ok="1",
        renewed_count=f"{len(mine):04}",
        unrenewed_count="0000",
        transaction_date=context.now_18(),
        institution_id="NHLIB",
        renewed_items=mine,
    )


@server.route(pysip2.END_PATRON_SESSION)
def end(request, context):
    return pysip2.EndSessionResponse(
        end_session="Y",
        transaction_date=context.now_18(),
        institution_id="NHLIB",
        patron_identifier=request.patron_identifier,
    )


async def main():
    async with server.start() as port:
        print(port, flush=True)
        await anyio.sleep_forever()


anyio.run(main)
