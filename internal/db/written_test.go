package db

import "testing"

func TestStatementsNameTheirTable(t *testing.T) {
	for query, want := range map[string]string{
		"INSERT INTO control (org) VALUES ($1)":                                "control",
		"\n\t\tINSERT INTO link(org) VALUES ($1)":                              "link",
		"INSERT OR IGNORE INTO person (org) VALUES ($1)":                       "person",
		"UPDATE control\n\t\tSET title = $1":                                   "control",
		"DELETE FROM link WHERE org = $1":                                      "link",
		"delete from link":                                                     "link",
		"SELECT id FROM control WHERE org = $1":                                "",
		"INSERT INTO member (org) VALUES ($1) ON CONFLICT (org) DO UPDATE SET": "member",
		"":       "",
		"UPDATE": "",
	} {
		if got := target(query); got != want {
			t.Errorf("%q writes %q, want %q", query, got, want)
		}
	}
}
