package crosswalk

import (
	"slices"
	"testing"

	"github.com/toucan-grc/toucan/internal/framework"
)

func TestStems(t *testing.T) {
	for _, same := range [][]string{
		{"review", "reviews", "reviewed", "reviewing"}, {"policy", "policies"}, {"log", "logs", "logging", "logged"}, {"access", "accesses"},
		{"protect", "protected", "protection"}, {"configure", "configuration", "configured"}, {"authenticate", "authentication"},
		{"vendor", "supplier", "vendors", "suppliers"}, {"encryption", "cryptography", "encrypted"}, {"organise", "organize"}, {"train", "training"},
	} {
		for _, w := range same[1:] {
			if stemOf(w) != stemOf(same[0]) {
				t.Errorf("%s is %q and %s is %q", same[0], stemOf(same[0]), w, stemOf(w))
			}
		}
	}
	for _, differ := range [][2]string{{"process", "procure"}, {"risk", "disk"}, {"media", "mediation"}, {"status", "state"}} {
		if stemOf(differ[0]) == stemOf(differ[1]) {
			t.Errorf("%s and %s are both %q", differ[0], differ[1], stemOf(differ[0]))
		}
	}
	for _, none := range []string{"the", "27001", "a", "security"} {
		if stemOf(none) != "" {
			t.Errorf("%q says something: %q", none, stemOf(none))
		}
	}
}

// A suggestion names the words it rests on, and what is known already is left out.
func TestAlike(t *testing.T) {
	l := Shipped()
	to, _ := l.Frameworks.Find(iso)
	for id, want := range map[string]Likeness{
		"A.5.26": {Ref: framework.Ref{Framework: soc, ID: "CC7.4"}, Words: []SharedWord{{"response", "", 52}, {"incident", "", 48}}},
		"A.8.7":  {Ref: framework.Ref{Framework: soc, ID: "CC6.8"}, Words: []SharedWord{{"malware", "malicious", 100}}},
		"A.8.10": {Ref: framework.Ref{Framework: soc, ID: "CC6.5"}, Words: []SharedWord{{"deletion", "destruction", 100}}},
		"A.5.20": {Ref: framework.Ref{Framework: soc, ID: "CC9.2"}, Words: []SharedWord{{"supplier", "vendor", 100}}},
	} {
		got := l.Alike(TextOf(to, id), soc, 3, nil)
		if len(got) == 0 || got[0].Ref != want.Ref || !slices.Equal(got[0].Words, want.Words) {
			t.Errorf("%s: %+v, want %s by %v", id, got, want.Ref, want.Words)
			continue
		}
		for _, again := range l.Alike(TextOf(to, id), soc, 3, func(id string) bool { return id == want.Ref.ID }) {
			if again.Ref == want.Ref {
				t.Errorf("%s: %s is suggested although it is known", id, want.Ref)
			}
		}
	}
	if got := l.Alike(Text{Title: "the of and 2022"}, soc, 3, nil); got != nil {
		t.Errorf("words that say nothing find %v", got)
	}
	if got := l.Alike(Text{Title: "Incident response"}, "none", 3, nil); got != nil {
		t.Errorf("a framework that nobody has answers %v", got)
	}
}

// Likeness of labels is no proof, which is why it is never counted; yet the first
// suggestion is more often right than the most mapped criterion would be.
func TestAlikeBeatsThePopular(t *testing.T) {
	l := Shipped()
	to, _ := l.Frameworks.Find(iso)
	s := stackOf(t, "toucan-curated-1")
	popular := map[string]int{}
	set, _ := l.Set("toucan-curated-1")
	for _, e := range set.Edges {
		popular[e.Source.ID]++
	}
	most := ""
	for id, n := range popular {
		if n > popular[most] || n == popular[most] && id < most {
			most = id
		}
	}
	asked, right, byPopular := 0, 0, 0
	for _, r := range to.Asked() {
		got := l.Alike(TextOf(to, r.ID), soc, 1, nil)
		if len(got) == 0 {
			continue
		}
		asked++
		target := framework.Ref{Framework: iso, ID: r.ID}
		right += min(1, len(s.Direct(got[0].Ref, target)))
		byPopular += min(1, len(s.Direct(framework.Ref{Framework: soc, ID: most}, target)))
	}
	t.Logf("of %d first suggestions %d stand in the curated set; %s would be right %d times", asked, right, most, byPopular)
	if asked < 50 || right*2 < asked || right < byPopular+10 {
		t.Errorf("of %d first suggestions %d are right, and %d by always saying %s", asked, right, byPopular, most)
	}
}

// BenchmarkAlike asks for every requirement that ships what is like it in SOC 2.
func BenchmarkAlike(b *testing.B) {
	l := Shipped()
	l.labels()
	n := 0
	for b.Loop() {
		n = 0
		for _, f := range l.Frameworks.Frameworks {
			for _, r := range f.Asked() {
				l.Alike(TextOf(f, r.ID), soc, 5, nil)
				n++
			}
		}
	}
	b.ReportMetric(float64(n), "requirements")
}

// BenchmarkIndex reads the labels of everything that ships.
func BenchmarkIndex(b *testing.B) {
	l := Shipped()
	var texts []Text
	for _, f := range l.Frameworks.Frameworks {
		for _, r := range f.Requirements {
			texts = append(texts, TextOf(f, r.ID))
		}
	}
	for b.Loop() {
		NewIndex(texts)
	}
}

// A label may stand whole in a long statement.
func TestAlikeOfAStatement(t *testing.T) {
	statement := Text{Title: "Quarterly access review", Body: "Every quarter the owner of each system reviews who holds privileged access, removes what is no longer needed, and files the signed list as evidence."}
	got := Shipped().Alike(statement, iso, 3, nil)
	if len(got) == 0 || got[0].Ref.ID != "A.8.2" {
		t.Errorf("%+v, want A.8.2 first", got)
	}
}
