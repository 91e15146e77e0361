package policy

import "testing"

// TestShippedTemplatesDoNotContradictEachOther holds for the text as well as for
// what the front matter says of it.
func TestShippedTemplatesDoNotContradictEachOther(t *testing.T) {
	var docs []Document
	for _, x := range Templates() {
		docs = append(docs, x.Document)
	}
	if len(docs) != 28 {
		t.Fatalf("%d templates ship", len(docs))
	}
	same(t, conflictsOf(t, docs, false), nil)
	same(t, conflictsOf(t, docs, true), nil)
}

// TestVocabulary checks what ships: every subject that speaks of a control is a
// frequency, and every word of the list reads.
func TestVocabulary(t *testing.T) {
	v, err := readVocabulary()
	if err != nil {
		t.Fatal(err)
	}
	bound := 0
	for _, s := range v.Subjects {
		if len(s.Controls) > 0 && s.Property != Frequency {
			t.Errorf("%s speaks of controls and is a %s", s.ID, s.Property)
		}
		bound += len(s.Controls)
		if s.Property != Definition && s.Property != Governs {
			if again, err := Normal(s.Property, s.Usual); err != nil || again != s.Usual {
				t.Errorf("%s: %q is written %q, %v", s.ID, s.Usual, again, err)
			}
		}
	}
	if len(v.Subjects) != 142 || bound != 43 || len(v.Topics) != 40 {
		t.Errorf("%d subjects that speak of %d controls, %d topics", len(v.Subjects), bound, len(v.Topics))
	}
}

func FuzzExtract(f *testing.F) {
	for _, seed := range []string{"Audit logs are kept for 12 months and reviewed every week.\n", "| a | b |\n| - | - |\n| Critical | 7 days |\n", "- x:\n- thirty (30) days", "Passwords have ≥14 characters, TLS 1.2, AES-256, $100 and 80%.\n", "one hundred and eighty days or two per year"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		for _, u := range Extract(body).Undertakings {
			if u.Value == "" || u.Sentence == "" || !u.Read {
				t.Fatalf("read %+v", u)
			}
			if u.Property == Definition {
				continue
			}
			if again, err := Normal(u.Property, u.Value); err != nil || again != u.Value {
				t.Fatalf("%s %q is written %q, %v", u.Subject, u.Value, again, err)
			}
		}
	})
}
