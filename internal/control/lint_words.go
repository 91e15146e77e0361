package control

import (
	"strings"
	"unicode"
)

// token is one word of a text.
type token struct {
	low        string // in small letters
	start, end int    // in the text
}

// tokens splits a text into words: letters and digits.
func tokens(s string) []token {
	var out []token
	start := -1
	for i, r := range s {
		inside := unicode.IsLetter(r) || unicode.IsDigit(r)
		if inside && start < 0 {
			start = i
		}
		if !inside && start >= 0 {
			out = append(out, token{strings.ToLower(s[start:i]), start, i})
			start = -1
		}
	}
	if start >= 0 {
		out = append(out, token{strings.ToLower(s[start:]), start, len(s)})
	}
	return out
}

// glossary is a set of words and phrases in small letters, phrases with one space
// between their words.
type glossary struct {
	known map[string]bool
	first map[string]int // how many words the longest phrase has that begins with a word
}

func glossaryOf(list ...string) glossary {
	g := glossary{map[string]bool{}, map[string]int{}}
	for _, block := range list {
		for phrase := range strings.SplitSeq(block, ",") {
			words := strings.Fields(phrase)
			g.known[strings.Join(words, " ")] = true
			g.first[words[0]] = max(g.first[words[0]], len(words))
		}
	}
	return g
}

// in returns what a text has of the glossary, as written and each once; the
// longest phrase wins.
func (g glossary) in(s string, list []token) []string {
	var out []string
	seen := map[string]bool{}
	for i := 0; i < len(list); i++ {
		for n := min(g.first[list[i].low], len(list)-i); n > 0; n-- {
			words := make([]string, n)
			for k := range words {
				words[k] = list[i+k].low
			}
			if phrase := strings.Join(words, " "); g.known[phrase] {
				if !seen[phrase] {
					seen[phrase] = true
					out = append(out, s[list[i].start:list[i+n-1].end])
				}
				i += n - 1
				break
			}
		}
	}
	return out
}

// has reports whether any word is in the glossary.
func (g glossary) has(list []token) bool {
	for _, t := range list {
		if g.known[t.low] {
			return true
		}
	}
	return false
}

// seldom are words that leave it to the reader how often is enough; a frequency
// beside them cures that.
var seldom = glossaryOf(`regularly, on a regular basis, regular basis, periodic, periodically, from time to time, frequently, occasionally`)

// vague are words that leave it to the reader how much is enough, or when; only a
// number or a deadline beside them cures that.
var vague = glossaryOf(`appropriate, appropriately, adequate, adequately, sufficient, sufficiently, reasonable, reasonably,
	as needed, when needed, if needed, as required, when required, if required, as necessary, when necessary, where necessary, if necessary,
	as appropriate, when appropriate, where appropriate, if appropriate, as applicable, when applicable, where applicable, if applicable,
	best effort, best efforts, timely, in due course, as soon as possible, asap, industry standard, industry standards, best practice, best practices,
	where feasible, robust, effectively`)

// products are names of products and of the companies known by them, in whatever case.
var products = glossaryOf(`okta, auth0, onelogin, jumpcloud, duo security, pingfederate, entra id, microsoft entra, azure ad, active directory, google workspace, g suite, office 365, microsoft 365, sharepoint, onedrive, google drive, dropbox`,
	`aws, amazon web services, cloudtrail, guardduty, cloudwatch, amazon s3, google cloud, google cloud platform, gcp, microsoft azure, azure devops, digitalocean, heroku, cloudflare, akamai, fastly`,
	`github, gitlab, bitbucket, jenkins, circleci, travis ci, dependabot, sonarqube, snyk, veracode, checkmarx, terraform, kubernetes, docker hub, ansible, hashicorp vault, artifactory`,
	`jira, confluence, asana, trello, servicenow, zendesk, freshdesk, salesforce, hubspot, pagerduty, opsgenie, statuspage, monday com, microsoft teams`,
	`datadog, splunk, sumo logic, new relic, grafana, prometheus, elasticsearch, crowdstrike, sentinelone, carbon black, sophos, malwarebytes, microsoft defender, windows defender, nessus, qualys, rapid7, wiz io, lacework`,
	`intune, jamf, kandji, mosyle, fleetdm, bitlocker, filevault, 1password, lastpass, bitwarden, keeper security, knowbe4, hackerone, bugcrowd`,
	`workday, bamboohr, personio, hibob, docusign, vanta, drata, secureframe, onetrust, postgresql, mysql, mongodb, snowflake, redshift, bigquery`)

// capitals are names that are also English words; they count with a capital only,
// and not at the beginning of a sentence.
var capitals = glossaryOf(`slack, zoom, notion, linear, rippling, gusto, sentry, azure, entra, dashlane, vault`)

// productsIn returns the products a text names.
func productsIn(s string, list []token) []string {
	out := products.in(s, list)
	for _, name := range capitals.in(s, list) {
		at := strings.Index(s, name)
		before := strings.TrimRight(s[:at], " \n\t“\"(")
		if unicode.IsUpper([]rune(name)[0]) && before != "" && !strings.HasSuffix(before, ".") && !containsFold(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// containsFold reports whether one of the names has the word in it.
func containsFold(names []string, word string) bool {
	for _, n := range names {
		if strings.Contains(strings.ToLower(n), strings.ToLower(word)) {
			return true
		}
	}
	return false
}

// actors are words for who or what does something.
var actors = glossaryOf(`company, companies, organisation, organisations, organization, organizations, we, our, management, leadership, board, executive, executives, committee, committees, council, team, teams, lead, leads, leader, leaders,
	head, heads, manager, managers, owner, owners, officer, officers, director, directors, administrator, administrators, admin, admins, engineer, engineers, engineering, developer, developers, operator, operators, operations,
	analyst, analysts, auditor, auditors, reviewer, reviewers, approver, approvers, counsel, legal, finance, procurement, it, hr, security, ciso, cto, ceo, cfo, coo, dpo, employee, employees, contractor, contractors, staff, personnel,
	people, person, persons, user, users, vendor, vendors, supplier, suppliers, provider, providers, customer, customers, system, systems, service, services, pipeline, pipelines, repository, repositories, product, products,
	platform, platforms, check, checks, tool, tools, firewall, firewalls, gateway, gateways, server, servers, scanner, scanners, protection`)

// acts are the beginnings of verbs an auditor can look for.
var acts = glossaryOf(`review, approv, record, log, check, test, scan, monitor, alert, notif, report, restor, back, encrypt, block, den, limit, restrict, requir, enforc, remov, revok, disabl, grant, issu, assign, nam, list, keep, kept, maintain, track,
	assess, evaluat, rat, rank, train, sign, accept, acknowledg, document, publish, stat, defin, writ, hold, held, run, us, rout, configur, apply, appli, updat, patch, fix, repair, remediat, investigat, respond, contain, classif, label, mark,
	dispos, destroy, sanitis, sanitiz, delet, eras, retain, stor, separat, isolat, authenticat, authoris, authoriz, verif, valid, confirm, match, compar, reconcil, measur, exercis, rehears, simulat, perform, conduct, complet, collect, provid, giv, tell,
	inform, communicat, send, shar, answer, handl, follow, plan, decid, set, creat, establish, implement, deploy, build, releas, merg, chang, instal, protect, secur, control, manag, overse, own, screen, interview, hir, onboard, offboard, terminat,
	withdraw, return, recover, audit, inspect, sampl, meet, agre, contract, host, deliver, detect, watch, reject, filter, quarantin, mask, process, let, register, submit, escalat, appoint, elect, ask, cover, adopt, observ, escort, lock, rotat, tun,
	develop, design, identif, analys, analyz, consider, prevent, ensur, revis`)

// acting reports whether a word is a verb of acts in some form.
func acting(word string) bool {
	if acts.known[word] {
		return true
	}
	for _, end := range []string{"s", "es", "ies", "y", "e", "ed", "d", "n", "en", "ten", "t", "ing", "ting", "ning", "ping"} {
		if root, ok := strings.CutSuffix(word, end); ok && acts.known[root] {
			return true
		}
	}
	return false
}

// counted are words for numbers.
var counted = glossaryOf(`two, three, four, five, six, seven, eight, nine, ten, twelve, thirty, sixty, ninety`)
