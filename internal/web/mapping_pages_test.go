package web

func init() {
	everyPage = append(everyPage, "/crosswalk/reviews", "/confirmations", "/confirmations?show=never", "/confirmations/mine", "/gap/analyses")
}
