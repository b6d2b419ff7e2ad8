set pagination off
set confirm off
set breakpoint pending on
set debuginfod enabled off
handle SIGSEGV SIGURG SIGUSR1 SIGUSR2 nostop noprint pass
break session.go:13
run
backtrace
print n
print sum
print main.total
up
info locals
print list
print text
print $len(ages)
down
next
step
next
print sum
delete
break session.go:31
continue
print n
continue
