"""The whole rule book of retail import, in order of precedence."""

from datetime import date

from hoppo.commerce import rules as commerce
from hoppo.customs import list_rules, match_rules, tariff_rules
from hoppo.goods import rules as goods
from hoppo.inspection import rules as inspection
from hoppo.rulebook.law import RuleBook
from hoppo.rulebook.parameters import read_parameters
from hoppo.tax import rules as tax

PARAMETERS = read_parameters("hoppo.customs", "clearing.toml")
FIRST_DAY = date(2016, 4, 8)  # 财关税〔2016〕18号: before it there was no such law to judge by.

BOOK = RuleBook(
    [*tax.PARAMETERS, *inspection.PARAMETERS, *PARAMETERS],
    [
        *list_rules.RULES,
        *tariff_rules.RULES, *commerce.RULES, *goods.RULES, *match_rules.RULES, *tax.RULES,
        *inspection.RULES,
    ],
)
