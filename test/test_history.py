"""Price histories: what is read, and how what is wrong with a file is told."""

import datetime
import warnings

import numpy as np
import pytest

from qiskit_ssqw.finance import (
    MarketWarning,
    PriceHistory,
    read_history,
    read_prices,
    realised_volatility,
)

pd = pytest.importorskip("pandas")
nasdaq, sp500, vix = (
    pytest.importorskip(f"arch.data.{name}") for name in ("nasdaq", "sp500", "vix")
)

YFINANCE = """\
Price,Close,High,Volume
Ticker,SPY,SPY,SPY
Date,,,
2024-01-02,472.65,473.67,123623700
2024-01-03,468.79,471.19,103585900
2024-01-04,467.28,470.96,84232200
"""


@pytest.fixture(scope="module")
def index():
    """The last 60 days of the S&P 500, which end at 2506.85."""
    return sp500.load()[-60:]


@pytest.fixture
def write(tmp_path):
    def write(content):
        path = tmp_path / "prices.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


class TestReadPrices:
    @pytest.mark.filterwarnings("ignore:.* taken as oldest first")
    @pytest.mark.parametrize(
        "content",
        [
            "Date,Close\n2024-01-01,100\n2024-01-02,101.5\n2024-01-03,1e2\n",
            "Close\n100\n101.5\n100",
            "Date,Close\r\n1,100\r\n2,101.5\r\n3,100\r\n",
            '"Date","Close","Volume"\n"1 Jan, 2024","100","5"\n2,101.5,\n3, 100 ,7\n',
            "Close,Open\n100,1\n\n101.5,2\n\n\n100,3\n\n",
            "\N{BYTE ORDER MARK}Close,Open\n100,1\n101.5,2\n100,3\n",
        ],
        ids=["plain", "no-final-newline", "crlf", "quotes", "blank-lines", "bom"],
    )
    def test_good_file(self, write, content):
        prices = read_prices(write(content), "Close")
        np.testing.assert_array_equal(prices, [100, 101.5, 100])
        assert prices.dtype == float

    def test_path_may_be_a_string(self, write):
        assert len(read_prices(str(write("a\n1\n2\n3\n")), "a")) == 3

    @pytest.mark.filterwarnings("ignore:.* taken as oldest first")
    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("Date,Close\n1,2\n", "no column 'Price', only 'Date', 'Close'"),
            ("", "the file is empty"),
            ("Price\n", "at least 3 prices are needed, got 0"),
            ("Price\n1\n2\n", "at least 3 prices are needed, got 2"),
            ("Price\n1\ntwo\n3\n", "line 3: 'two' is not a number"),
            ("Price\n1\n\ntwo\n3\n", "line 4: 'two' is not a number"),
            ("Date,Price\n1,1\n2\n3,3\n", "at least 3 prices are needed, got 2"),
            ("Date,Price\n1,1\n2,2\n3,\n", "at least 3 prices are needed, got 2"),
            ("Date,Price\n1,1\n2,2\n3,three\n", "line 4: 'three' is not a number"),
            ("Date,Price\n2024-01-01,1\n2024-01-02,x\n2024-01-03,3\n", "line 3: 'x' is not a num"),
            ('Price\n1\n"2\n3\n', "line 4: unexpected end of data"),
            (f"Price\n{'1' * 200_000}\n", r"line 2: field larger than field limit"),
            ("Date,Price\n1,1\n2,2,5\n3,3\n", "line 3: 3 cells, but the header has 2; is ',' part"),
            ("Date;Price\n1;1\n2;2;5\n3;3\n", "line 3: 3 cells, .* is ';' part of a number"),
            ("Date,Price,\n1,1,\n2,2,5\n3,3,\n", "line 3: 3 cells, but the header has 2"),
            ("Price\n1\n2\n-3\n", "line 4: a price must be positive and finite, got -3"),
            ("Price\n0\n2\n3\n", "line 2: a price must be positive and finite, got 0"),
            ("Price\nnan\n2\n3\n", "at least 3 prices are needed, got 2"),
            ("Price\n1\ninf\n3\n", "line 3: a price must be positive and finite, got inf"),
            (b"\x89PNG\r\n\x1a\n\x00\xff\xfe", "is not a text file"),
            (b"Price\n1\n2\n\x81\n", "is not a text file"),
            (
                b"Price\n1\n2\n\xff\xfe\n",
                "line 4: '\N{LATIN SMALL LETTER Y WITH DIAERESIS}.' is not",
            ),
            (b"\xff\xfeP\x00r", "is not a text file|no column"),
            (b"\xff\xfeP", "is not a text file"),
        ],
    )
    def test_bad_file(self, write, content, message):
        path = write(content)
        with pytest.raises(ValueError, match=message) as caught:
            read_prices(path, "Price")
        assert str(path) in str(caught.value)

    def test_missing_file(self, tmp_path):
        with pytest.raises(OSError, match="nowhere"):
            read_prices(tmp_path / "nowhere.csv", "Close")
        with pytest.raises(OSError, match=r"directory|denied"):
            read_prices(tmp_path, "Close")


def european(number, thousands="."):
    return f"{number:,.2f}".replace(",", "T").replace(".", ",").replace("T", thousands)


class TestForms:
    """One history in all the forms that it is found in."""

    @pytest.mark.parametrize(
        ("cell", "options"),
        [
            (str, {"date_format": "%Y-%m-%d"}),
            (str, {"date_format": "%Y-%m-%d %H:%M:%S-05:00"}),
            (str, {"date_format": "%Y%m%d", "sep": "\t"}),
            (str, {"date_format": "%Y.%m.%d", "sep": "|"}),
            ("${:,.2f}".format, {"date_format": "%m/%d/%Y"}),
            ("${:,.2f}".format, {"date_format": "%m/%d/%Y %I:%M %p", "sep": "\t"}),
            ("{:,.2f}".format, {"date_format": "%b %d, %Y", "quoting": 1}),
            ("{:.3f}".format, {"date_format": "%d-%b-%y"}),
            (european, {"date_format": "%d.%m.%Y", "sep": ";"}),
            (european, {"date_format": "%d.%m.%y", "quoting": 1}),
            (lambda price: european(price, " "), {"date_format": "%d/%m/%Y", "sep": ";"}),
            (
                lambda price: european(price, "\N{NO-BREAK SPACE}"),
                {"date_format": "%d-%m-%Y", "sep": "\t"},
            ),
            (lambda price: european(price, "'") + " \N{EURO SIGN}", {"date_format": "%d %B %Y"}),
        ],
    )
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
    @pytest.mark.parametrize("newest_first", [False, True])
    def test_the_same_history(self, write, index, cell, options, encoding, newest_first):
        rows = index[::-1] if newest_first else index
        text = rows[["Open", "Close"]].map(cell).to_csv(**options)
        history = read_history(write(text.encode(encoding)))
        np.testing.assert_array_equal(history.dates, index.index.to_numpy("datetime64[D]"))
        np.testing.assert_allclose(history.prices, index["Close"], atol=0.0051)
        assert ("newest first: the order was put right" in history.notes) == newest_first

    @pytest.mark.parametrize("cell", ["", "null", ".", "NaN", "nan", "-", "n/a", "ND", " NULL "])
    def test_missing_cells_are_skipped_and_counted(self, write, cell):
        rows = ["02,1,10", f"03,1,{cell}", "04,1,11", "05,1,12"]
        text = "\n2024-01-".join(["Date,Open,Close", *rows])
        history = read_history(write(text))
        np.testing.assert_array_equal(history.prices, [10, 11, 12])
        assert history.notes == ("1 row(s) without a price skipped",)

    @pytest.mark.parametrize("name", ["Close", "close", " CLOSE ", "<CLOSE>"])
    def test_names_in_any_case_and_with_spaces(self, write, name):
        text = f" DATE , {name} ,Adj {name}\n2024-01-02,10,1\n2024-01-03,11,2\n2024-01-04,12,3\n"
        history = read_history(write(text), "Close")
        np.testing.assert_array_equal(history.prices, [10, 11, 12])
        assert history.dates is not None

    def test_the_very_name_comes_before_one_in_another_case(self, write):
        path = write("close,Close\n1,10\n2,11\n3,12\n")
        np.testing.assert_array_equal(read_prices(path, "Close"), [10, 11, 12])
        with pytest.raises(ValueError, match="column 'CLOSE' is one of 2: 'close', 'Close'"):
            read_prices(path, "CLOSE")

    def test_a_column_that_is_there_twice(self, write):
        with pytest.raises(ValueError, match="column 'Close' is one of 2: 'Close', 'Close'"):
            read_history(write("Date,Close,Close\n1,1,2\n2,1,2\n3,1,2\n"))

    def test_three_header_rows(self, write):
        history = read_history(write(YFINANCE))
        np.testing.assert_array_equal(history.prices, [472.65, 468.79, 467.28])
        assert str(history) == "2 returns from 2024-01-02 to 2024-01-04, daily"
        assert read_history(write(YFINANCE), "high spy").prices[0] == 473.67

    def test_three_header_rows_with_several_tickers(self, write):
        text = YFINANCE.replace("High,Volume", "Close,Volume").replace("SPY,SPY,SPY", "SPY,QQQ,SPY")
        assert read_history(write(text), "Close QQQ").prices[0] == 473.67
        assert read_history(write(text), "qqq").prices[0] == 473.67
        with pytest.raises(ValueError, match="'Close' is one of 2: 'Close SPY', 'Close QQQ'"):
            read_history(write(text))

    def test_an_error_below_three_header_rows_names_the_line(self, write):
        with pytest.raises(ValueError, match="line 5: 'x' is not a number"):
            read_history(write(YFINANCE.replace("468.79", "x")))

    def test_text_above_and_below(self, write):
        rows = "\n".join(f"2024-01-0{day};1{day},5" for day in range(2, 8))
        above, below = (
            "Prices of A, B and C\nCurrency;EUR\n\nDay;Close",
            "Source: D; E\nno warranty",
        )
        history = read_history(write(f"{above}\n{rows}\n\n{below}\n"))
        np.testing.assert_array_equal(history.prices, [12.5, 13.5, 14.5, 15.5, 16.5, 17.5])
        assert "1 row(s) of text above or below skipped" in history.notes
        assert "1 row(s) without a price skipped" in history.notes

    def test_rows_of_units(self, write):
        rows = "2024-01-02;1;\n2024-01-03;2;\n2024-01-04;3;\n"
        history = read_history(write(f";DAX;FLAGS\n;shares;\nunit;EUR;\n{rows}"), "dax")
        np.testing.assert_array_equal(history.prices, [1, 2, 3])
        assert history.notes == ("2 row(s) of text above or below skipped",)

    def test_a_sum_at_the_end_is_no_footer(self, write):
        text = "Date,Close\n2024-01-02,1\n2024-01-03,2\n2024-01-04,3\nMean,2\n"
        with pytest.raises(ValueError, match="line 5: 'Mean' is no date of the form of those abo"):
            read_history(write(text))

    def test_windows_1252_is_said(self, write):
        text = "Datum;Er\xf6ffnung;Schluss\n02.01.2024;1;1\n03.01.2024;1;2\n04.01.2024;1;3\n"
        assert "read as Windows-1252" in read_history(write(text.encode("cp1252")), "Schluss").notes
        assert read_history(write(text), "schluss").notes == ()


class TestDecimalMark:
    @pytest.mark.parametrize(
        ("cells", "prices"),
        [
            (["1.234.567", "1.234", "1.235"], [1234567, 1234, 1235]),
            (["1,234,567", "1,234", "1,235"], [1234567, 1234, 1235]),
            (["1,05,000.50", "1,04,000", "99,000"], [105000.5, 104000, 99000]),
            (["1.234,5", "1.234", "999"], [1234.5, 1234, 999]),
            (["1,234.5", "1,234", "999"], [1234.5, 1234, 999]),
            (["1,234", "1,2345", "1,3"], [1.234, 1.2345, 1.3]),
            (["1.234", "1.2345", "1.3"], [1.234, 1.2345, 1.3]),
            (["0,123", "1,234", "2,345"], [0.123, 1.234, 2.345]),
            (["1234,567", "1,234", "2,345"], [1234.567, 1.234, 2.345]),
            (["1234", "1235", "1236"], [1234, 1235, 1236]),
            ([".5", "5.", "+1.5E1"], [0.5, 5, 15]),
        ],
    )
    @pytest.mark.parametrize("separator", [";", "\t", '"', None])
    def test_the_numbers_tell(self, write, cells, prices, separator):
        if separator == '"':  # commas outside the quotes
            text = "Close,x\n" + "".join(f'"{cell}",a\n' for cell in cells)
        elif separator is None:
            text = "\n".join(["Close", *(f'"{cell}"' for cell in cells)])
        else:
            text = "\n".join(f"{cell}{separator}a" for cell in ["Close", *cells])
        np.testing.assert_array_equal(read_prices(write(text), "Close"), prices)

    @pytest.mark.parametrize(
        ("others", "factor"),
        [
            (["1.234.567", "2", "3"], 1),
            (["12,5", "1,3", "2"], 1),
            (["0,5%", "1,5%", "2%"], 1),
            (["3,5M", "900,1K", "2B"], 1),
            (["1,234,567", "2", "3"], 1e-3),
            (["12.5", "1.3", "2"], 1e-3),
        ],
    )
    def test_other_columns_tell(self, write, others, factor):
        rows = "".join(f"16.85{day};{other}\n" for day, other in enumerate(others))
        prices = read_prices(write(f"Close;Other\n{rows}"), "Close")
        np.testing.assert_allclose(prices, [16850 * factor, 16851 * factor, 16852 * factor])

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("Close;a\n1,234;x\n1,235;y\n1,236;z\n", "is ',' decimal or .* in line 2, '1,234'"),
            ("Close;a\n16.859;x\n16.9;y\n1,5;z\n", "point in line 3, '16.9', but .* line 4, '1,5'"),
            ("Close;a\n16.859;x\n16.860;y\n999;z\n", "is '.' decimal or .* in line 2, '16.859'"),
            ('Close,a\n"1,234",x\n"1,235",y\n5,z\n', "is ',' decimal or .* in line 2, '1,234'"),
            ("Close;b\n1.234;1.5\n1.235;1,5\n1.236;2\n", "is '.' decimal or .* line 2, '1.234'"),
        ],
    )
    def test_a_factor_of_a_thousand_is_never_guessed(self, write, text, message):
        path = write(text)
        with pytest.raises(ValueError, match=message):
            read_history(path)

    def test_the_mark_can_be_given(self, write):
        path = write("Close;a\n1.234;x\n1.235;y\n1.236;z\n")
        assert read_history(path, decimal=".").prices[0] == 1.234
        assert read_history(path, decimal=",").prices[0] == 1234
        with pytest.raises(ValueError, match=r"decimal must be one of '\.', ',', got 'point'"):
            read_history(path, decimal="point")
        decimals = write("Close\n1.5\n1.235\n1.236\n")
        with pytest.raises(ValueError, match=r"line 2: '1\.5' is not a number"):
            read_history(decimals, decimal=",")

    def test_a_point_next_to_commas_is_decimal_and_that_is_said(self, write):
        history = read_history(write("Close,a\n1.234,x\n1.235,y\n1.236,z\n"))
        np.testing.assert_array_equal(history.prices, [1.234, 1.235, 1.236])
        assert history.notes == ("the point taken as decimal in line 2, '1.234'",)

    @pytest.mark.parametrize(
        "cell", ["1_000", "1,2,3", "12,34.5", "1.5.5", "--5", "0x10", "1 2", "5%"]
    )
    def test_no_numbers(self, write, cell):
        path = write(f"Close;a\n100;x\n{cell};y\n102;z\n")
        with pytest.raises(ValueError, match=f"line 3: '{cell}' is not a number"):
            read_history(path)


class TestDates:
    @pytest.mark.parametrize(
        ("dates", "months", "note"),
        [
            (["01/31/2024", "02/29/2024", "03/28/2024"], [1, 2, 3], "the month first"),
            (["31/01/2024", "29/02/2024", "28/03/2024"], [1, 2, 3], "the day first"),
            (["1/3/24", "1/4/24", "1/13/24"], [1, 1, 1], "the month first"),
            (["03-01-2024", "04-02-2024", "13-03-2024"], [1, 2, 3], "the day first"),
            (["01.02.2024", "01.03.2024", "01.04.2024"], [2, 3, 4], None),
            (["Jan 2024", "Feb 2024", "Mar 2024"], [1, 2, 3], None),
            (["2024-01", "2024-02", "2024-03"], [1, 2, 3], None),
            (["02JAN2024", "02FEB2024", "02MAR2024"], [1, 2, 3], None),
            (["Tue, 2 Jan 2024", "Fri, 2 Feb 2024", "Sat, 2 Mar 2024"], [1, 2, 3], None),
            (
                ["Wednesday 1/31/24", "Thursday 2/29/24", "Friday 3/1/24"],
                [1, 2, 3],
                "the month first",
            ),
            (
                ["2024-01-02T16:00:00Z", "2024-02-02T16:00:00Z", "2024-03-02T16:00:00Z"],
                [1, 2, 3],
                None,
            ),
            (
                ["2024-01-02 00:00:00+09:00", "2024-02-02 00:00:00+09:00"] * 1
                + ["2024-03-02 00:00:00+10:00"],
                [1, 2, 3],
                None,
            ),
        ],
    )
    def test_forms(self, write, dates, months, note):
        rows = "".join(f"{date};{price}\n" for price, date in enumerate(dates, start=1))
        history = read_history(write(f"Date;Close\n{rows}"))
        found = history.dates.astype("datetime64[M]").astype(int) % 12 + 1
        assert found.tolist() == months
        assert history.notes == (() if note is None else (f"dates read with {note}",))

    def test_day_or_month_first_is_never_guessed(self, write):
        path = write("Date,Close\n01/02/2024,1\n01/03/2024,2\n01/04/2024,3\n")
        with pytest.raises(
            ValueError, match="line 2: '01/02/2024' may begin with the day or the m"
        ):
            read_history(path)
        for day_first, frequency in ((True, "monthly"), (False, "daily")):
            assert read_history(path, day_first=day_first).frequency.name == frequency

    def test_a_form_that_was_ruled_out(self, write):
        path = write("Date,Close\n13/02/2024,1\n14/02/2024,2\n15/02/2024,3\n")
        with pytest.warns(MarketWarning, match="line 2: '13/02/2024' is no date that can be re"):
            history = read_history(path, day_first=False)
        assert history.dates is None

    def test_rows_out_of_order(self, write):
        text = "Date,Close\n2024-01-03,11\n2024-01-02,10\n2024-01-04,12\n"
        history = read_history(write(text))
        np.testing.assert_array_equal(history.prices, [10, 11, 12])
        assert history.notes == ("dates out of order: the rows were sorted",)

    @pytest.mark.parametrize(
        ("rows", "message"),
        [
            (["03", "04", "03"], "line 2 and line 4 have the same date, 2024-01-03"),
            (["03 10:00", "03 11:00", "03 11:00"], "same date, 2024-01-03T11:00:00"),
            (["03", "xx", "05"], "line 3: '2024-01-xx' is no date of the form of those above"),
            (["03", "04 10:00", "05"], "line 3: '2024-01-04 10:00' is no date of the form"),
            (["03", "32", "05"], "line 3: '2024-01-32' is no date"),
        ],
    )
    def test_bad_dates(self, write, rows, message):
        body = "".join(f"2024-01-{row},{price}\n" for price, row in enumerate(rows, start=1))
        path = write(f"Date,Close\n{body}")
        with pytest.raises(ValueError, match=message):
            read_history(path)

    def test_a_row_number_is_no_date(self, write):
        rows = "".join(f"{number},{number}\n" for number in range(2000, 2010))
        assert read_history(write(f",Close\n{rows}")).dates is None
        assert read_history(write(f"Year,Close\n{rows}")).frequency.name == "yearly"


class TestFrames:
    def test_frame_and_series(self, index):
        for history in (
            read_history(index),
            read_history(index, "close"),
            read_history(index["Close"]),
            read_history(index[::-1]),
            read_history(index.reset_index()),
            read_history(index.tz_localize("Asia/Tokyo")),
            read_history(index.to_period("D")),
            read_history(pd.concat({"SPX": index}, axis=1).swaplevel(axis=1)),
            read_history(pd.concat({"SPX": index}, axis=1).rename_axis(index=None), "spx close"),
        ):
            np.testing.assert_array_equal(history.prices, index["Close"])
            np.testing.assert_array_equal(history.dates, index.index.to_numpy("datetime64[s]"))

    @pytest.mark.parametrize("history", [sp500, nasdaq, vix], ids=lambda module: module.__name__)
    def test_the_histories_of_arch(self, history, write):
        frame = history.load()
        column = frame.columns[0] if len(frame.columns) == 1 else "Close"
        found = read_history(write(frame[::-1].to_csv()), column)
        np.testing.assert_array_equal(found.prices, frame[column].dropna())
        assert found.frequency == ("daily", 252)

    def test_missing_prices(self):
        dates = pd.date_range("2024-01-01", periods=4)
        history = read_history(pd.Series([1.5, None, 2.5, 3.5], dates))
        np.testing.assert_array_equal(history.prices, [1.5, 2.5, 3.5])

    @pytest.mark.parametrize(("freq", "periods"), [("Q", 4), ("W", 52), ("M", 12)])
    def test_periods(self, freq, periods):
        index = pd.period_range("2020-01-01", periods=20, freq=freq)
        assert read_history(pd.Series(np.arange(1, 21), index)).periods_per_year == periods

    def test_numbers_are_not_text(self):
        frame = pd.DataFrame({"Close": [16.859, 16.861, 16.862], "Change": ["1,5", "2,5", "3,5"]})
        np.testing.assert_array_equal(read_prices(frame, "Close"), frame["Close"])

    @pytest.mark.parametrize(
        ("source", "error", "message"),
        [
            ([1, 2, 3], TypeError, r"source must be a path or a pandas .*, got \[1, 2, 3\]"),
            (None, TypeError, "source must be a path or a pandas data frame or Series, got None"),
            (pd.DataFrame({"a": [1, 2, 3]}), ValueError, "data frame as CSV: no column 'Close'"),
            (pd.DataFrame({"Close": [1, -2, 3]}), ValueError, "CSV: line 3: a price must be posi"),
            (pd.Series([1, 2]), ValueError, "the data frame as CSV: at least 3 prices"),
        ],
    )
    def test_bad_sources(self, source, error, message):
        with pytest.raises(error, match=message):
            read_history(source)

    def test_a_series_has_no_columns(self):
        with pytest.raises(ValueError, match="a Series has no columns, got column='a'"):
            read_history(pd.Series([1, 2, 3], name="a"), "a")


class TestFrequency:
    @pytest.mark.parametrize(
        ("freq", "name", "periods"),
        [
            *(("B", "daily", 252), ("D", "daily with weekends", 365), ("W-FRI", "weekly", 52)),
            *(("ME", "monthly", 12), ("BME", "monthly", 12), ("MS", "monthly", 12)),
            *(("QE", "quarterly", 4), ("6ME", "half-yearly", 2), ("YE", "yearly", 1)),
        ],
    )
    @pytest.mark.parametrize("size", [8, 100])
    def test_of_dates(self, freq, name, periods, size):
        dates = pd.date_range("2000-01-03", periods=size, freq=freq)
        history = PriceHistory(np.arange(1, size + 1), dates)
        assert history.frequency == (name, periods)
        assert history.periods_per_year == periods

    def test_a_week_from_sunday_to_thursday(self):
        dates = pd.bdate_range("2000-01-02", periods=100, freq="C", weekmask="Sun Mon Tue Wed Thu")
        assert PriceHistory(np.ones(100), dates).periods_per_year == 252

    def test_holidays_and_gaps(self):
        dates = pd.bdate_range("2000-01-03", periods=1000)
        some = np.delete(np.arange(1000), [1, 2, 5, 77, 78, 79, 80, *range(500, 560)])
        assert PriceHistory(np.ones(len(some)), dates[some]).periods_per_year == 252
        assert PriceHistory(np.ones(3), ["2024-03-28", "2024-04-02", "2024-04-03"]).frequency

    @pytest.mark.parametrize(
        ("dates", "spacing"),
        [
            (pd.date_range("2024-01-02 09:30", periods=50, freq="5min"), "0.00347 days"),
            (pd.date_range("2024-01-02", periods=50, freq="3D"), "3 days"),
            (
                pd.date_range("2000-01-01", periods=50, freq="ME").append(
                    pd.bdate_range("2010-01-01", periods=100)
                ),
                "1 days",
            ),
        ],
    )
    def test_others_ask(self, dates, spacing):
        history = PriceHistory(np.exp(np.arange(len(dates)) % 2 / 100), dates)
        assert history.frequency is None
        assert str(history).endswith("irregular")
        with pytest.raises(ValueError, match=f"mostly {spacing} apart, .* give periods_per_year"):
            history.volatility()
        assert history.volatility(periods_per_year=1) == realised_volatility(history.prices, 1)


class TestVolatility:
    def test_monthly(self):
        months = sp500.load()["Close"].resample("ME").last()
        expected = np.diff(np.log(months)).std(ddof=1) * np.sqrt(12)
        assert expected == pytest.approx(0.1463, abs=1e-4)
        assert read_history(months).volatility() == pytest.approx(expected)
        assert realised_volatility(months) == pytest.approx(expected)
        assert realised_volatility(months, 252) == pytest.approx(expected * np.sqrt(21))
        assert realised_volatility(months.to_numpy()) == pytest.approx(expected * np.sqrt(21))

    def test_the_window_is_the_latest(self, index):
        history = read_history(index[::-1])
        expected = realised_volatility(index["Close"].to_numpy()[-22:])
        assert history.volatility(21) == pytest.approx(expected)
        latest = history.latest(21)
        assert (latest.num_returns, latest.prices[-1]) == (21, history.prices[-1])
        assert str(latest) == "21 returns from 2018-11-28 to 2018-12-31, daily"

    def test_a_window_longer_than_the_history(self, index):
        history = read_history(index)
        with pytest.warns(MarketWarning, match="window of 60 returns is longer than .* of 59"):
            assert history.volatility(60) == history.volatility()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            history.volatility(59)

    @pytest.mark.parametrize(
        ("window", "error", "message"),
        [
            (1, ValueError, "window must be at least 2, got 1"),
            (2.5, TypeError, "window must be an integer, got 2.5"),
        ],
    )
    def test_bad_windows(self, index, window, error, message):
        with pytest.raises(error, match=message):
            read_history(index).volatility(window)

    def test_without_dates(self):
        history = PriceHistory([100, 101, 100, 101])
        assert str(history) == "3 returns without dates"
        with pytest.warns(MarketWarning, match="no dates: taken as daily, 252 a year, oldest fir"):
            assert history.volatility() == realised_volatility([100, 101, 100, 101])

    @pytest.mark.parametrize(
        ("factor", "text"), [(0.5, "-50% to 2024-01-05"), (10, "\\+900% to 2024-01-05")]
    )
    def test_a_split_is_pointed_out(self, factor, text):
        prices = [100, 100, 100, 100, 100 * factor, 100 * factor]
        history = PriceHistory(prices, pd.date_range("2024-01-01", periods=6))
        with pytest.warns(MarketWarning, match=rf"1 return\(s\) beyond 30%, a split .*\? {text}$"):
            history.volatility()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            history.latest(3).latest(2)  # reading and cutting say nothing
            PriceHistory([100, 129, 100], None).volatility(periods_per_year=1)

    def test_a_split_in_an_array_is_pointed_out(self):
        with pytest.warns(
            MarketWarning, match=r"beyond 30%, .* -50% to price 3, .*100% to price 4"
        ):
            realised_volatility([100, 101, 50.5, 101, 100])

    def test_many_jumps_are_not_all_named(self):
        with pytest.warns(MarketWarning, match=r"^9 return\(s\) .* price 4, \.\.\.$"):
            realised_volatility([1, 2] * 5)

    def test_warnings_point_at_the_caller(self):
        with pytest.warns(MarketWarning) as caught:
            PriceHistory([1, 2, 3]).volatility(5)
        assert [each.filename for each in caught] == [__file__] * 3


class TestPriceHistory:
    def test_copies_and_freezes(self):
        prices = np.array([1.0, 2, 3])
        dates = [datetime.date(2024, 1, day) for day in (1, 2, 3)]
        history = PriceHistory(prices, dates, ["a note"])
        prices[0] = 5
        assert history.prices[0] == 1
        assert history.notes == ("a note",)
        for array in (history.prices, history.dates):
            with pytest.raises(ValueError, match="read-only"):
                array[0] = array[1]

    @pytest.mark.parametrize(
        ("prices", "dates", "error", "message"),
        [
            ([1, 2], None, ValueError, "at least 3 entries, got 2"),
            ([1, 0, 2], None, ValueError, "prices must be positive, got 0.0"),
            ([1, 2, 3], ["2024-01-01"], ValueError, r"dates must have shape \(3,\), got \(1,\)"),
            ([1, 2, 3], ["a", "b", "c"], TypeError, "dates must be dates, got"),
            ([1, 2, 3], ["2024", "NaT", "2025"], ValueError, "dates must be dates, got NaT"),
            ([1, 2, 3], ["2024", "2024", "2025"], ValueError, "must ascend, got 2024-01-01.* bef"),
            ([1, 2, 3], ["2026", "2025", "2024"], ValueError, "must ascend, got 2026-01-01.* bef"),
        ],
    )
    def test_refuses(self, prices, dates, error, message):
        with pytest.raises(error, match=message):
            PriceHistory(prices, dates)


class TestRealisedVolatility:
    def test_by_hand(self):
        first, second = np.log(1.1), np.log(1.2 / 1.1)
        expected = abs(first - second) / np.sqrt(2)  # of two numbers, with one degree of freedom
        assert realised_volatility([10, 11, 12], 1) == pytest.approx(expected)
        assert realised_volatility([10, 11, 12], 4) == pytest.approx(2 * expected)
        assert realised_volatility([10, 11, 12]) == pytest.approx(np.sqrt(252) * expected)

    def test_steady_growth_has_none(self):
        assert realised_volatility(1.01 ** np.arange(20)) == pytest.approx(0, abs=1e-12)

    def test_finds_the_volatility_of_a_simulation(self, rng):
        returns = 0.3 / np.sqrt(252) * rng.normal(size=20_000)
        assert realised_volatility(np.exp(np.cumsum(returns))) == pytest.approx(0.3, rel=0.03)

    @pytest.mark.parametrize(
        ("prices", "message"),
        [
            ([1, 2], "at least 3 entries, got 2"),
            ([], "at least 3 entries, got 0"),
            ([1, 0, 2], r"prices must be positive, got 0\.0"),
            ([1, -1, 2], r"prices must be positive, got -1\.0"),
            ([1, np.nan, 2], "prices must be finite, got nan"),
            ([[1, 2, 3]], "prices must have shape"),
        ],
    )
    def test_refuses_bad_prices(self, prices, message):
        with pytest.raises(ValueError, match=message):
            realised_volatility(prices)

    @pytest.mark.parametrize("periods", [0, -1])
    def test_refuses_bad_periods(self, periods):
        with pytest.raises(ValueError, match="periods_per_year must be positive"):
            realised_volatility([1, 2, 3], periods)

    def test_refuses_words(self):
        with pytest.raises(TypeError, match="prices must be an array of real numbers"):
            realised_volatility(["a", "b", "c"])
