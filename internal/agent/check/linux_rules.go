package check

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
)

// chain is a chain of rules, of either kind.
type chain struct {
	family string // ip, ip6 or inet; empty for the old kind
	input  bool   // a base chain of filters for what is meant for this machine
	policy string // accept or drop: what happens to what no rule decides
	rules  []rule
}

// rule is a rule, as far as it decides about everything.
type rule struct {
	iface  string // the only condition is that it came in there
	always bool   // it has no condition
	action string // accept, drop, jump, goto, return, or empty for one that decides nothing
	to     string // the chain of a jump
}

// outcome works out what a chain does with a packet of a stranger on a real network
// card. Conditions other than the card are not looked at: an open port is not an open
// machine, so a rule with one decides nothing.
func outcome(c *chain, chains map[string]*chain) protection {
	if c == nil {
		return nothing
	}
	p := walk(c, chains, 0)
	if p == nothing && c.policy == "drop" {
		return closed
	}
	return p
}

const maxJumps = 32

// walk follows the rules of a chain; nothing is the end of it. A packet that may have
// left the chain before a rule keeps all out is not known to be kept out: ufw's own
// chains do so even where ufw lets everything in.
func walk(c *chain, chains map[string]*chain, depth int) protection {
	if c == nil || depth > maxJumps {
		return nothing
	}
	left := false
	for _, r := range c.rules {
		if !r.always && !realCard(r.iface) {
			left = left || r.action == "return"
			continue
		}
		p := nothing
		switch r.action {
		case "accept":
			p = open
		case "drop", "reject":
			p = closed
		case "jump", "goto":
			p = walk(chains[r.to], chains, depth+1)
		}
		if p == closed && left {
			return nothing
		}
		// what holds for one card says nothing of the others, unless it lets all in there
		if p == open || (p == closed && r.always) {
			return p
		}
		if r.always && (r.action == "return" || r.action == "goto") {
			return nothing
		}
	}
	return nothing
}

// virtual are the beginnings of the names of cards behind which no stranger is.
var virtual = []string{"lo", "docker", "br-", "virbr", "veth", "podman", "cni", "lxc", "lxdbr", "incusbr", "vnet", "tun", "tap", "wg", "tailscale", "zt", "ham"}

func realCard(name string) bool {
	return name != "" && !slices.ContainsFunc(virtual, func(p string) bool { return strings.HasPrefix(name, p) })
}

// guards4and6 works out what all base chains do with each family: one that keeps a packet
// out is enough.
func guards4and6(tables map[string]map[string]*chain) (v4, v6 protection) {
	for _, chains := range tables {
		for _, c := range chains {
			if !c.input {
				continue
			}
			p := outcome(c, chains)
			if c.family == "ip" || c.family == "inet" {
				v4 = max(v4, p)
			}
			if c.family == "ip6" || c.family == "inet" {
				v6 = max(v6, p)
			}
		}
	}
	return v4, v6
}

// parseNFT reads what `nft -j list ruleset` prints: chains by table.
func parseNFT(text []byte) (map[string]map[string]*chain, error) {
	var doc struct {
		Items []struct {
			Table *struct {
				Family, Name string
				Flags        json.RawMessage
			}
			Chain *struct{ Family, Table, Name, Type, Hook, Policy string }
			Rule  *struct {
				Family, Table, Chain string
				Expr                 []map[string]json.RawMessage
			}
		} `json:"nftables"`
	}
	if err := json.Unmarshal(text, &doc); err != nil || doc.Items == nil {
		return nil, errors.Join(errRules, err)
	}
	out := map[string]map[string]*chain{}
	asleep := map[string]bool{}
	for _, i := range doc.Items {
		if t := i.Table; t != nil && !awake(t.Flags) {
			asleep[t.Family+" "+t.Name] = true
		}
		if c := i.Chain; c != nil && !asleep[c.Family+" "+c.Table] {
			table := c.Family + " " + c.Table
			if out[table] == nil {
				out[table] = map[string]*chain{}
			}
			out[table][c.Name] = &chain{family: c.Family, input: c.Type == "filter" && c.Hook == "input", policy: c.Policy}
		}
		if r := i.Rule; r != nil {
			if c := out[r.Family+" "+r.Table][r.Chain]; c != nil {
				c.rules = append(c.rules, nftRule(r.Expr))
			}
		}
	}
	return out, nil
}

// awake reports whether the flags of a table leave its rules in force. Only flags known to
// do so count: a table may be dormant, and nft 1.0.6 prints the name of the table for any.
func awake(flags json.RawMessage) bool {
	var several []string
	if json.Unmarshal(flags, &several) != nil {
		var one string
		if json.Unmarshal(flags, &one) != nil {
			return len(flags) == 0
		}
		several = []string{one}
	}
	return !slices.ContainsFunc(several, func(f string) bool { return f != "owner" && f != "persist" })
}

// nftRule reads the expressions of a rule.
func nftRule(expr []map[string]json.RawMessage) rule {
	r := rule{always: true}
	for _, e := range expr {
		for name, v := range e {
			switch name {
			case "counter", "log", "comment", "notrack":
			case "accept", "drop", "reject", "return":
				r.action = name
			case "jump", "goto":
				var to struct{ Target string }
				_ = json.Unmarshal(v, &to) // without a target it leads nowhere
				r.action, r.to = name, to.Target
			case "xt":
				r.foreign(v)
			case "match":
				r.condition(nftCard(v))
			default:
				r.condition("")
			}
		}
	}
	return r
}

// condition adds a condition to a rule; card is the network card it asks for, or empty
// for any other.
func (r *rule) condition(card string) {
	if r.always && r.iface == "" && card != "" {
		r.always, r.iface = false, card
		return
	}
	r.always, r.iface = false, ""
}

// foreign reads a target or a condition that iptables put into nftables.
func (r *rule) foreign(v json.RawMessage) {
	var xt struct{ Type, Name string }
	_ = json.Unmarshal(v, &xt) // null in old releases: then it is a condition
	switch {
	case xt.Type == "target" && xt.Name == "REJECT":
		r.action = "reject"
	case xt.Type == "target" && slices.Contains([]string{"LOG", "NFLOG"}, xt.Name), xt.Type == "match" && xt.Name == "comment":
	default:
		r.condition("")
	}
}

// nftCard is the network card a match asks for, if it asks for one.
func nftCard(v json.RawMessage) string {
	var m struct {
		Op    string
		Left  struct{ Meta struct{ Key string } }
		Right json.RawMessage
	}
	var card string
	if json.Unmarshal(v, &m) != nil || m.Op != "==" || !slices.Contains([]string{"iifname", "iif"}, m.Left.Meta.Key) || json.Unmarshal(m.Right, &card) != nil {
		return ""
	}
	return card
}

// parseSaved reads what `iptables -S` prints.
func parseSaved(text string) map[string]*chain {
	out := map[string]*chain{}
	at := func(name string) *chain {
		if out[name] == nil {
			out[name] = &chain{}
		}
		return out[name]
	}
	for l := range strings.Lines(text) {
		f := words(l)
		if len(f) < 2 {
			continue
		}
		switch f[0] {
		case "-P":
			if len(f) > 2 {
				at(f[1]).policy = strings.ToLower(f[2])
			}
		case "-N":
			at(f[1])
		case "-A":
			c := at(f[1])
			c.rules = append(c.rules, savedRule(f[2:]))
		}
	}
	return out
}

// words takes a line apart; what stands in double quotes is one word.
func words(l string) []string {
	var out []string
	for {
		l = strings.TrimLeft(l, " \n")
		if l == "" {
			return out
		}
		end := strings.IndexAny(l, " \n")
		if l[0] == '"' {
			end = 1
			for end < len(l) && l[end] != '"' {
				if l[end] == '\\' {
					end++
				}
				end++
			}
			end = min(end+1, len(l))
		}
		if end < 0 {
			end = len(l)
		}
		out, l = append(out, l[:end]), l[end:]
	}
}

// savedRule reads the words of a rule of the old kind.
func savedRule(f []string) rule {
	r := rule{always: true}
	for i := 0; i < len(f); i++ {
		more := func() string {
			i++
			if i < len(f) {
				return f[i]
			}
			return ""
		}
		switch f[i] {
		case "-j":
			r.target(more(), false)
		case "-g":
			r.target(more(), true)
		case "-i":
			if i > 0 && f[i-1] == "!" {
				more()
				r.condition("")
			} else {
				r.condition(more())
			}
		case "-m":
			if more() != "comment" {
				r.condition("")
			}
		case "--comment", "--reject-with", "--log-prefix", "--log-level", "--nflog-prefix", "--nflog-group":
			more()
		default:
			r.condition("")
		}
	}
	return r
}

// target sets what a rule of the old kind does.
func (r *rule) target(name string, leaves bool) {
	switch name {
	case "ACCEPT", "DROP", "REJECT", "RETURN":
		r.action = strings.ToLower(name)
	case "LOG", "NFLOG":
	default:
		r.action, r.to = "jump", name
		if leaves {
			r.action = "goto"
		}
	}
}
