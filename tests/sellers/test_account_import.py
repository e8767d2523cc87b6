"""Accounts from CSV: what spreadsheets write, what strangers put into cells, all of a file or nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from sellers import account_csv, account_import
from sellers.account_csv import Row
from sellers.models import Account, Invitation, Mail
from tests.factories import AccountFactory, MarketplaceFactory, PlatformFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def mall():
    platform = PlatformFactory(code="mall")
    MarketplaceFactory(code="mall-de", platform=platform)
    MarketplaceFactory(code="mall-at", platform=platform)
    return platform


def read(text, at_most=100):
    return account_csv.read(text, at_most=at_most)


def problems_of(text, mall=None, invite=False):
    rows, problems = read(text)
    if not problems and mall:
        problems = account_import.check(mall, rows, invite=invite)
    return [(problem.line, problem.column) for problem in problems]


def make(mall, text, invite=False):
    rows, problems = read(text)
    assert problems == []
    return account_import.carry_out(mall, rows, invite=invite)


FULL = Row(2, "acme", "open sesame", "Acme & Söhne", "a@example.com", ("mall-de", "mall-at"))


@pytest.mark.parametrize(
    "text",
    [
        "login,access_code,company,email,marketplaces\nacme,open sesame,Acme & Söhne,a@example.com,mall-de mall-at\n",
        "login;access_code;company;email;marketplaces\r\nacme;open sesame;Acme & Söhne;a@example.com;mall-de|mall-at",
        "LOGIN\tAccess Code\tCompany\tE-mail".replace("E-mail", "email")
        + "\tmarketplaces\nacme\topen sesame\tAcme & Söhne\ta@example.com\t mall-de  mall-at \n",
        'login,access_code,company,email,marketplaces\n"acme","open sesame","Acme & Söhne","a@example.com",'
        '"mall-de\tmall-at"\n'.replace("\t", " | "),
    ],
)
def test_the_files_of_spreadsheets_are_read(text):
    assert read(text) == ([FULL], [])
    assert read(account_csv.text_of(("\ufeff" + text).encode())) == ([FULL], [])
    assert read(account_csv.text_of(text.encode("cp1252"))) == ([FULL], [])


def test_a_line_that_names_the_separator_and_empty_lines_are_skipped():
    rows, problems = read("sep=;\nlogin;company\n\nacme;Acme, Inc.\n;\n")
    assert ([(row.line, row.login, row.company) for row in rows], problems) == ([(4, "acme", "Acme, Inc.")], [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2099-12-31", datetime(2099, 12, 31, 23, 59, 59, 999999, UTC)),
        ("31.12.2099", datetime(2099, 12, 31, 23, 59, 59, 999999, UTC)),
        ("2099-12-31T08:00", datetime(2099, 12, 31, 8, tzinfo=UTC)),
        ("2099-12-31T08:00+01:00", datetime(2099, 12, 31, 7, tzinfo=UTC)),
        ("tomorrow", None),
        ("2099-13-31", None),
        ("31.02.2099", None),
        ("99999999999999", None),
    ],
)
def test_a_day_means_its_end(text, expected):
    assert account_csv.parse_moment(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [(1, "")]),
        ("login\n", [(1, "")]),
        ("company\nAcme\n", [(1, "login")]),
        ("login,password\na,b\n", [(1, "")]),
        ("login,login\na,b\n", [(1, "login")]),
        ("login\na,b\n", [(2, "")]),
        ("login,expires\na,soon\nb,later\n", [(2, "expires"), (3, "expires")]),
        ("login,company\na,A\x00B\n", [(2, "company")]),
        ("login,company\na,A\x1bB\n", [(2, "company")]),
        ('login,company\na,"A\nB"\n', [(3, "company")]),
        (f"login,company\na,{'x' * 6000}\n", [(2, "company")]),
        ('login,company\na,"b"c\n', [(2, "")]),
        (f"login\n{'x' * 200_000}\n", [(1, "")]),
    ],
)
def test_a_file_that_cannot_be_read_says_where(text, expected):
    found = problems_of(text)
    if "x" * 200_000 in text:
        assert [column for _line, column in found] == [""]
    else:
        assert found == expected


def test_too_many_rows_are_not_read():
    rows, problems = read("login\n" + "\n".join(f"a{number}" for number in range(20)), at_most=10)
    assert (len(rows), [problem.line for problem in problems]) == (10, [12])
    assert "more than 10 accounts" in problems[0].message


@pytest.mark.parametrize(
    ("line", "column"),
    [
        (",,,,,", None),
        (",x,Acme,,,", "login"),
        (f"{'x' * 101},x,,,,", "login"),
        ("known,x,,,,", "login"),
        ("a,x,,no address,,", "email"),
        ("a,x,,,elsewhere,", "marketplaces"),
        ("a,x,,,,2020-01-01", "expires"),
        (f"a,x,{'x' * 201},,,", "company"),
        (f"a,{'x' * 201},,,,", "access_code"),
    ],
)
def test_each_wrong_cell_is_named_and_nothing_is_made(line, column, mall):
    AccountFactory(channel=mall, login="known")
    text = f"login,access_code,company,email,marketplaces,expires\ngood,x,,,,\n{line}\n"
    assert problems_of(text, mall) == ([(3, column)] if column else [])
    if column:
        with pytest.raises(account_import.Refused):
            account_import.carry_out(mall, read(text)[0], invite=False)
        assert list(Account.objects.values_list("login", flat=True)) == ["known"]


def test_all_problems_are_told_at_once(mall):
    text = "login,email,marketplaces\na,x,nowhere\na,y,mall-de\n"
    assert problems_of(text, mall) == [
        (2, "email"),
        (2, "login"),
        (2, "marketplaces"),
        (3, "email"),
        (3, "login"),
    ]


def test_accounts_are_made_with_all_that_the_file_says(mall):
    text = (
        "login,access_code,company,email,marketplaces,expires\nacme,open sesame,Acme,a@example.com,mall-de,2099-12-31\n"
    )
    assert [made.access_code for made in make(mall, text)] == [""]
    account = Account.objects.get()
    assert account.check_access_code("open sesame")
    assert (account.company_name, account.email, account.is_active) == ("Acme", "a@example.com", True)
    assert account.access_code_expires_at == datetime(2099, 12, 31, 23, 59, 59, 999999, UTC)
    assert [row.code for row in account.marketplaces.all()] == ["mall-de"]
    assert not Mail.objects.exists()


def test_codes_that_are_missing_are_made_and_told(mall):
    made = make(mall, "login,access_code\na,\nb,own code\nc,\n")
    assert [bool(each.access_code) for each in made] == [True, False, True]
    assert made[0].access_code != made[2].access_code
    assert Account.objects.get(login="a").check_access_code(made[0].access_code)
    assert made[0].access_code not in repr(made)


def test_who_has_no_code_can_be_invited_instead(mall):
    text = "login,access_code,email\na,,a@example.com\nb,own code,\n"
    assert [each.access_code for each in make(mall, text, invite=True)] == ["", ""]
    assert [mail.recipient for mail in Mail.objects.all()] == ["a@example.com"]
    assert [invitation.account.login for invitation in Invitation.objects.all()] == ["a"]
    assert Account.objects.get(login="a").access_code_hash == ""
    assert problems_of("login\nz\n", mall, invite=True) == [(2, "email")]


def test_what_changed_since_the_file_was_looked_at_stops_all_of_it(mall, monkeypatch):
    rows, _problems = read("login\na\nb\n")
    monkeypatch.setattr(account_import, "check", lambda *args, **kwargs: [])
    AccountFactory(channel=mall, login="b")
    with pytest.raises(account_import.Refused) as refused:
        account_import.carry_out(mall, rows, invite=False)
    assert [(problem.line, problem.column) for problem in refused.value.problems] == [(3, "")]
    assert list(Account.objects.values_list("login", flat=True)) == ["b"]


HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", '=HYPERLINK("http://evil.example","x")', "=cmd|' /C calc'!A0"]


@pytest.mark.parametrize("cell", HOSTILE)
def test_what_is_written_opens_as_text(cell):
    written = account_csv.write([[cell, "fine"]])
    assert written.lstrip('"').startswith("'")
    assert written.rstrip().endswith("fine")


def test_a_made_code_never_begins_a_formula(mall):
    (made,) = make(mall, "login\nacme\n")
    assert account_csv.write([[made.access_code]]) == f"{made.access_code}\r\n"


@pytest.mark.parametrize("login", ["=1+1", "<script>alert(1)</script>", "a'; DROP TABLE x; --", "مرحبا", "a\u202eb"])
def test_a_hostile_login_is_a_login(login, mall):
    rows, problems = read(f"login\n{login}\n")
    account_import.carry_out(mall, rows, invite=False)
    assert problems == []
    assert Account.objects.get().login == login


def run(capsys, tmp_path, text, *more):
    path = tmp_path / "accounts.csv"
    path.write_text(text, encoding="utf-8-sig")
    call_command("import_accounts", "mall", str(path), *more)
    return capsys.readouterr().out


def test_the_command_makes_accounts_and_prints_the_codes_it_made(mall, capsys, tmp_path):
    said = run(capsys, tmp_path, "login;access_code\na;own code\nb;\n").splitlines()
    assert said[:2] == ["2 accounts made on mall.", "login,access_code"]
    login, code = said[2].split(",")
    assert Account.objects.get(login=login).check_access_code(code)
    assert (login, len(said)) == ("b", 3)


def test_the_command_invites(mall, capsys, tmp_path):
    assert run(capsys, tmp_path, "login,email\na,a@example.com\n", "--invite") == "1 accounts made on mall.\n"
    assert Mail.objects.get().kind == "invitation"


def test_the_command_says_what_is_wrong_and_makes_nothing(mall, capsys, tmp_path):
    with pytest.raises(CommandError) as refused:
        run(capsys, tmp_path, "login,access_code,email\na,secret code,x\na,secret code,\n")
    assert str(refused.value).startswith("No account was made.\nLine 2, email: Enter a valid email address.\nLine 2")
    assert "secret code" not in str(refused.value)
    assert not Account.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["nowhere", "x.csv"], "There is no channel nowhere."), (["mall", "/nowhere.csv"], "/nowhere.csv cannot be read")],
)
def test_the_command_says_what_it_does_not_find(arguments, said, mall):
    with pytest.raises(CommandError, match=said):
        call_command("import_accounts", *arguments)


def test_accounts_belong_to_no_marketplace(mall):
    market = mall.marketplaces.first()
    assert problems_of("login\na\n", market) == [(2, "")]


def test_a_file_of_a_day_ago_is_no_longer_ahead(mall):
    assert problems_of(f"login,expires\na,{timezone.now() - timedelta(days=1):%d.%m.%Y}\n", mall) == [(2, "expires")]
