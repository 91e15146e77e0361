package web

func contextRegisters() []register { return nil }
