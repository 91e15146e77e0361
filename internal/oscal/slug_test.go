package oscal

import (
	"math/rand/v2"
	"testing"
)

func TestSlug(t *testing.T) {
	for _, tt := range []struct{ name, id, want string }{
		{"a token stays", "CC6.1", "CC6.1"},
		{"a digit may not come first", "5.1", "_-5.1"},
		{"brackets become their code points", "AC-2(1)", "AC-2_28_1_29_"},
		{"a blank does too", "GOVERN 1.1", "GOVERN_20_1.1"},
		{"an ampersand", "A&A-01", "A_26_A-01"},
		{"an underscore is doubled", "a_b", "a__b"},
		{"a leading underscore", "_a", "_-__a"},
		{"letters of any script are letters", "Ä.1", "Ä.1"},
		{"nothing", "", "_-"},
		{"a byte that is no text", "a\xff", "a_.ff_"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Slug(tt.id)
			if got != tt.want || !IsToken(got) {
				t.Errorf("Slug(%q) = %q, want %q, a token", tt.id, got, tt.want)
			}
			if back, ok := Unslug(got); !ok || back != tt.id {
				t.Errorf("Unslug(%q) = %q, %t", got, back, ok)
			}
		})
	}
}

func TestUnslugOfWhatIsNoSlug(t *testing.T) {
	for _, token := range []string{"a_", "a_zz_", "_5_", "a_61_", "_-a", "a_.1_", "a_110000_", "5", "a b"} {
		if id, ok := Unslug(token); ok {
			t.Errorf("Unslug(%q) = %q, although Slug makes it of nothing", token, id)
		}
	}
}

// TestNoTwoIDsGiveOneSlug draws ids from an alphabet of everything that is
// treated on its own, so that near misses are common.
func TestNoTwoIDsGiveOneSlug(t *testing.T) {
	alphabet := []string{"a", "Z", "5", "2", "8", ".", "-", "_", " ", "(", ")", "&", "ß", "٣", "\xff", "\x00", "e", "f", "\u0301", "\ufffd"}
	rng := rand.New(rand.NewPCG(1, 2))
	seen := make(map[string]string)
	for range 200_000 {
		id := ""
		for range rng.IntN(6) {
			id += alphabet[rng.IntN(len(alphabet))]
		}
		slug := Slug(id)
		if !IsToken(slug) {
			t.Fatalf("Slug(%q) = %q, which is no token", id, slug)
		}
		if other, ok := seen[slug]; ok && other != id {
			t.Fatalf("%q and %q both give %q", id, other, slug)
		}
		seen[slug] = id
		if back, ok := Unslug(slug); !ok || back != id {
			t.Fatalf("%q came back from %q as %q", id, slug, back)
		}
	}
}

func FuzzSlug(f *testing.F) {
	for _, id := range []string{"CC6.1", "5.1", "AC-2(1)", "GOVERN 1.1", "_", "__", "_-", "\xff", "Art.5(1)(a)", ""} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		slug := Slug(id)
		if back, ok := Unslug(slug); !ok || back != id || !IsToken(slug) {
			t.Errorf("Slug(%q) = %q, back as %q", id, slug, back)
		}
		if back, ok := Unslug(id); ok && Slug(back) != id {
			t.Errorf("Unslug(%q) = %q, which gives %q", id, back, Slug(back))
		}
	})
}
