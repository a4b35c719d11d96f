"""python3 -m unittest in this folder; `go test ./bench` runs it."""

import math
import os
import tempfile
import unittest

import run

HERE = os.path.dirname(os.path.abspath(__file__))


class Measures(unittest.TestCase):
    def test_by_hand(self):
        # Six of the operation, four others; a group of four with three of them, and one of two with one.
        operation = {f"a{k}": k < 6 for k in range(10)}
        m = run.measures([{"a0", "a1", "a2", "a6"}, {"a3", "a7"}], operation)
        self.assertEqual((m["groups"], m["found"]), (2, 6))
        self.assertAlmostEqual(m["precision"], 4 / 6)
        self.assertAlmostEqual(m["recall"], 4 / 6)
        self.assertAlmostEqual(m["P*"], 3 / 4)
        self.assertAlmostEqual(m["R*"], 3 / 6)
        self.assertAlmostEqual(m["F1*"], 2 * 3 / (4 + 6))
        self.assertAlmostEqual(m["WP"], (4 * 0.75**2 + 2 * 0.5**2) / (4 * 0.75 + 2 * 0.5))
        # Cells: group 1 has 3 and 1, group 2 has 1 and 1, no group has 2 and 2.
        h = run.entropy([6, 4])
        k = run.entropy([4, 2, 4])
        both = run.entropy([3, 1, 1, 1, 2, 2])
        self.assertAlmostEqual(m["homogeneity"], 1 - (both - k) / h)
        self.assertAlmostEqual(m["NMI"], 2 * (h + k - both) / (h + k))

    def test_ends(self):
        operation = {"a": True, "b": True, "c": False, "d": False}
        whole = run.measures([{"a", "b"}], operation)
        for name in ("precision", "recall", "F1", "F1*", "WP", "homogeneity", "NMI"):
            self.assertAlmostEqual(whole[name], 1, msg=name)
        none = run.measures([], operation)
        self.assertEqual((none["precision"], none["recall"], none["F1*"], none["WP"]), (None, 0, None, None))
        self.assertAlmostEqual(none["homogeneity"], 0)
        self.assertIsNone(run.measures([], {"a": False})["recall"])
        # Groups of one are pure and worth little where the operation is large: WP alone does not tell, R* does.
        ones = run.measures([{"a"}, {"b"}], operation)
        self.assertEqual((ones["WP"], ones["R*"]), (1, 0.5))
        self.assertEqual(run.measures([{"c", "d"}], operation)["WP"], None)

    def test_entropy(self):
        self.assertAlmostEqual(run.entropy([1, 1]), math.log(2))


class Reading(unittest.TestCase):
    def test_lists(self):
        for cell in ('["x", "y z"]', "['x', 'y z']", "['x' 'y z']", "x,y z", " x , y z ", ["x", "y z"]):
            self.assertEqual(run.listed(cell), ["x", "y z"], cell)
        for cell in ("", "[]", "nan", None, "None", []):
            self.assertEqual(run.listed(cell), [], cell)

    def test_one_act_in_a_layer(self):
        self.assertEqual(list(run.acts({"reposted_postid": "9", "hashtags": "['a']"})), [("repost", "9")])
        self.assertEqual(list(run.acts({"is_repost": "True", "hashtags": "['a']"})), [])
        own = {"is_repost": "False", "reposted_postid": "", "hashtags": "['a', 'b']", "urls": "[]", "account_mentions": "c"}
        self.assertEqual(list(run.acts(own)), [("hashtags", "a b"), ("mentions", "c")])

    def test_sample(self):
        named = run.campaigns(os.path.join(HERE, "testdata"))
        self.assertEqual(list(named), ["tiny"])
        with tempfile.TemporaryDirectory() as folder:
            operation, acted = run.split(named["tiny"], folder, run.LAYERS)
            self.assertEqual((len(operation), sum(operation.values())), (57, 7))
            self.assertEqual(acted, {"repost", "hashtags", "mentions"})
            with open(os.path.join(folder, "repost.csv")) as f:
                rows = f.read().splitlines()
            self.assertEqual(rows[0], "rater,item,time")
            self.assertEqual(len(rows), len(set(r.rsplit(",", 1)[0] for r in rows)))

    def test_what_is_not_in_that_shape(self):
        with tempfile.TemporaryDirectory() as folder:
            for text, word in (("accountid,post_time\na,2020-01-01\n", "is_control"), ("accountid,post_time,is_control\na,2020-01-01,maybe\n", "neither"),
                               ("accountid,post_time,is_control\na,2020-01-01,0\na,2020-01-02,1\n", "control in another")):
                path = os.path.join(folder, "posts.csv")
                with open(path, "w") as f:
                    f.write(text)
                with self.assertRaises(SystemExit) as e:
                    run.split([path], folder, run.LAYERS)
                self.assertIn(word, str(e.exception))
        with tempfile.TemporaryDirectory() as empty, self.assertRaises(SystemExit):
            run.campaigns(empty)


class Joined(unittest.TestCase):
    def test_groups_that_share_an_account(self):
        self.assertEqual(sorted(map(sorted, run.joined([{"a", "b"}, {"c"}, {"b", "d"}, {"d", "e"}]))), [["a", "b", "d", "e"], ["c"]])


if __name__ == "__main__":
    unittest.main()
