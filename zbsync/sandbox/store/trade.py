"""Products, stock and contracts: only ever read by the pages; filled with the sample (fact sheet 4.7)."""

from collections.abc import Iterable, Mapping
from typing import Any

from zbsync.sandbox.store.database import Database


class Trade(Database):
    """The part of the store that knows what was sold."""

    def fill_trade(
        self,
        products: Iterable[Mapping[str, Any]],
        contracts: Iterable[Mapping[str, Any]],
        lines: Iterable[Mapping[str, Any]],
    ) -> None:
        """Put rows in as they stand in the tables."""
        with self.transaction():
            for table, rows in (("product", products), ("contract", contracts), ("contract_line", lines)):
                for row in rows:
                    names, marks = ", ".join(row), ", ".join("?" * len(row))
                    self.run(f"INSERT INTO {table} ({names}) VALUES ({marks})", args=tuple(row.values()))

    def contract(self, ord_: int) -> dict[str, Any] | None:
        """A contract with the names of its customer and salesman."""
        row = self.row(
            "SELECT k.*, c.name AS khmc, u.name AS xsry FROM contract k LEFT JOIN customer c ON c.ord = k.company",
            "LEFT JOIN account u ON u.uid = k.cateid WHERE k.ord = ?",
            args=(ord_,),
        )
        return dict(row) if row else None

    def contract_lines(self, ord_: int) -> list[dict[str, Any]]:
        """What a contract sells."""
        found = self.rows(
            "SELECT g.ord, g.cpname, g.cpbh, g.cpxh, g.unitname, n.num, n.price FROM contract_line n",
            "JOIN product g ON g.ord = n.product WHERE n.contract = ? ORDER BY n.rowid",
            args=(ord_,),
        )
        return [dict(row) for row in found]
