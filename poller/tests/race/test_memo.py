from racetime_poller.race.memo import remembered


def test_the_same_table_is_worked_on_once():
    calls = []

    @remembered(2)
    def total(table, plus):
        calls.append(table)
        return sum(table) + plus

    table, equal = [1, 2], [1, 2]
    assert [total(table, 1), total(table, 1), total(table, plus=1), total(table, 2)] == [4, 4, 4, 5]
    assert len(calls) == 3
    assert total(equal, 1) == 4
    assert len(calls) == 4


def test_only_the_newest_results_are_kept():
    calls = []

    @remembered(1)
    def same(table):
        calls.append(table)
        return table

    one, two = [1], [2]
    assert [same(one), same(two), same(one)] == [[1], [2], [1]]
    assert calls == [[1], [2], [1]]
