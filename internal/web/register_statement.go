package web

func statementRegisters() []register { return nil }
