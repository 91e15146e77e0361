package crosswalk

import "strings"

// stopped are words that say nothing about what is asked.
var stopped = wordSet(`a about above after against all also an and any are as at be been before being below between both but by can
	could did do does during each for from further had has have having how if in into is it its itself may more most must no nor not of off on
	once only or other our out over own per same shall should so some such than that the their them then there these they this those through to
	too under until up use used uses using very via was we were what when where which while who whom why will with within would you your
	including include includes etc general information security control controls criteria criterion requirement requirements organization
	organizational organisation organisations company management activity activities people person system systems`)

// alike are words that mean the same here, a group a line; the first stands for all.
var alike = func() map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(`
		supplier vendor outsource provider
		personnel staff employee workforce
		dispose destroy destruction erase erasure delete deletion sanitize purge
		restore recovery recover
		malware virus malicious
		encryption cryptography cryptographic cipher encrypt
		credential password passphrase
		patch update upgrade
		physical premises facility building office
		training awareness education
		segregation separation separate
		change modification modify
		contract agreement
		legal law regulatory regulation statutory
		privacy pii
		firewall boundary perimeter
		remote telework
		termination leaver offboarding departure deprovisioning deprovision
		onboarding joiner hire
		privilege privileged
		deficiency nonconformity weakness
		remediation corrective
		log logging
		breach violation
		authorization permission entitlement
		backup copies
		disruption outage
		confidentiality nondisclosure
		developer development
		disclosure disclose
		retention retain
	`) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		first := trimmed(words[0])
		for _, w := range words {
			out[trimmed(w)] = first
		}
	}
	return out
}()

func wordSet(text string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(text) {
		out[w] = true
	}
	return out
}

// stemOf returns what a lower-case word is compared by, or "" if it says nothing.
func stemOf(word string) string {
	if len(word) < 2 || stopped[word] || strings.Trim(word, "0123456789") == "" {
		return ""
	}
	stem := trimmed(word)
	if same, ok := alike[stem]; ok {
		return same
	}
	return stem
}

// endings are taken off the end of a word, the longest first; what is put back
// stands beside it.
var endings = []struct{ off, on string }{
	{"isation", "iz"}, {"ization", "iz"}, {"ising", "iz"}, {"izing", "iz"}, {"ised", "iz"}, {"ized", "iz"}, {"ise", "iz"}, {"ize", "iz"},
	{"ations", ""}, {"ation", ""}, {"ating", ""}, {"ated", ""}, {"ates", ""}, {"ate", ""}, {"ities", "ity"},
	{"ies", "y"}, {"ied", "y"}, {"ions", ""}, {"ion", ""}, {"ings", ""}, {"ing", ""}, {"ed", ""}, {"es", ""}, {"s", ""}, {"e", ""},
}

// trimmed takes the usual endings of English off a word, twice at most: reviews,
// reviewed and reviewing become review. It errs on the side of leaving a word alone.
func trimmed(word string) string {
	for range 2 {
		was := word
		for _, e := range endings {
			stem, ok := strings.CutSuffix(word, e.off)
			if !ok || len(stem) < 3 || e.off == "s" && strings.HasSuffix(stem, "s") || e.off == "s" && strings.HasSuffix(stem, "u") {
				continue
			}
			if len(stem) < 4 && len(e.off) > 2 && e.on == "" { // "nation" is not "n"
				continue
			}
			if n := len(stem); e.on == "" && n > 3 && stem[n-1] == stem[n-2] && (e.off == "ing" || e.off == "ed") && stem[n-1] != 's' && stem[n-1] != 'l' {
				stem = stem[:n-1] // logging
			}
			word = stem + e.on
			break
		}
		if word == was {
			break
		}
	}
	return word
}
