"""Price histories: what is read, and how what is wrong with a file is told."""

import numpy as np
import pytest

from qiskit_ssqw.finance import read_prices, realised_volatility


@pytest.fixture
def write(tmp_path):
    def write(content):
        path = tmp_path / "prices.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


class TestReadPrices:
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

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("Date,Close\n1,2\n", "no column 'Price', only 'Date', 'Close'"),
            ("", "the file is empty"),
            ("Price\n", "at least 3 prices are needed, got 0"),
            ("Price\n1\n2\n", "at least 3 prices are needed, got 2"),
            ("Price\n1\ntwo\n3\n", "line 3: 'two' is not a number"),
            ("Price\n1\n\ntwo\n3\n", "line 4: 'two' is not a number"),
            ("Date,Price\n1,1\n2\n3,3\n", "line 3: '' is not a number"),
            ("Date,Price\n1,1\n2,2\n3,\n", "line 4: '' is not a number"),
            ("Price\n1\n2\n-3\n", "line 4: a price must be positive and finite, got -3"),
            ("Price\n0\n2\n3\n", "line 2: a price must be positive and finite, got 0"),
            ("Price\nnan\n2\n3\n", "line 2: a price must be positive and finite, got nan"),
            ("Price\n1\ninf\n3\n", "line 3: a price must be positive and finite, got inf"),
            (b"\x89PNG\r\n\x1a\n\x00\xff\xfe", "is not a text file"),
            (b"Price\n1\n2\n\xff\xfe\n", "is not a text file"),
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
