package db

import "testing"

func TestNumbered(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"each number keeps its meaning", `SELECT $2, $1, $10`, `SELECT ?2, ?1, ?10`},
		{"a literal is left alone", `SELECT '$1', $1`, `SELECT '$1', ?1`},
		{"a doubled quote stays inside the literal", `SELECT 'it''s $1', $2`, `SELECT 'it''s $1', ?2`},
		{"so does a quoted name", `SELECT "a$1" FROM t WHERE x=$1`, `SELECT "a$1" FROM t WHERE x=?1`},
		{"and a comment", "SELECT 1 -- costs $1\n, $1", "SELECT 1 -- costs $1\n, ?1"},
		{"of either kind", `SELECT /* $1 */ $1`, `SELECT /* $1 */ ?1`},
		{"a path into JSON is no parameter", `SELECT x ->> '$.a', $1`, `SELECT x ->> '$.a', ?1`},
		{"$0 and a lone $ are none", `SELECT $0, $`, `SELECT $0, $`},
		{"an open literal ends with the text", `SELECT '$1`, `SELECT '$1`},
		{"letters beyond ASCII pass", `SELECT 'ü', $1`, `SELECT 'ü', ?1`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := numbered(tt.in); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}
