package ledger

import (
	"strings"
	"testing"
)

func TestAFactIsProvenAloneAndTheOthersAreNotGuessed(t *testing.T) {
	secret, other := strings.Repeat("07", 16), strings.Repeat("08", 16)
	for n := 1; n <= 9; n++ {
		var list []any
		for i := range n {
			list = append(list, map[string]int{"n": i})
		}
		tree, err := FactsBehind(list, secret, "")
		if err != nil {
			t.Fatal(err)
		}
		root, err := tree.Root()
		if err != nil {
			t.Fatal(err)
		}
		salts := map[string]bool{}
		for i := range n {
			f, err := tree.Prove(i)
			if err != nil {
				t.Fatal(err)
			}
			if err := f.In(int64(n), root); err != nil {
				t.Errorf("%d of %d: %v", i, n, err)
			}
			salts[f.Salt] = true
			for name, bad := range map[string]func() error{
				"another root":  func() error { return f.In(int64(n), strings.Repeat("00", 32)) },
				"no root":       func() error { return f.In(int64(n), "x") },
				"another fact":  func() error { x := f; x.Fact = []byte(`{"n":99}`); return x.In(int64(n), root) },
				"another salt":  func() error { x := f; x.Salt = other; return x.In(int64(n), root) },
				"no salt":       func() error { x := f; x.Salt = ""; return x.In(int64(n), root) },
				"another place": func() error { x := f; x.Place = int64(n); return x.In(int64(n), root) },
				"no place":      func() error { x := f; x.Place = -1; return x.In(int64(n), root) },
				"a hash more": func() error {
					x := f
					x.Hashes = append(x.Hashes[:len(x.Hashes):len(x.Hashes)], "AAAA")
					return x.In(int64(n), root)
				},
			} {
				if bad() == nil {
					t.Errorf("%d of %d with %s is believed", i, n, name)
				}
			}
		}
		if len(salts) != n {
			t.Errorf("%d facts have %d salts", n, len(salts))
		}
	}
}

func TestATreeWithoutASecretIsThatOfRoot(t *testing.T) {
	list, salt := []any{"a", "b", "c"}, strings.Repeat("0a", 16)
	want, err := Root(list, salt)
	if err != nil {
		t.Fatal(err)
	}
	tree, err := FactsBehind(list, "", salt)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := tree.Root(); err != nil || got != want {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
}
