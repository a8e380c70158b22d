#!/usr/bin/env bats
# What is typed: keys and input, jobs, the prompt.
# shellcheck disable=SC2016,SC2001,SC2154 # worksheets are full of $ and `; status is set by run
load helper
load player

@test "^C ends a program, ^D its input, ^\\ ends it with Quit, and the shell goes on" {
  passes <<'END'
```console T1
$ cat
> one
one
^C
$ echo $?
130
$ cat
> two
two
^D
$ echo $?
0
$ sleep 1000
^\
Quit
$ echo $?
131
```
END
}

@test "^Z stops a program, and fg brings it back" {
  passes <<'END'
```console T1
$ cat
> one
one
^Z
$ jobs
[1]+  Stopped                 cat
$ fg
cat
> two
two
^C
```
END
}

@test "what the shell says about jobs is passed over, unless it is promised" {
  passes <<'END'
```console T1
$ sleep 1000 &
$ kill %1
$ wait
```
END
  passes <<'END'
```console T1
$ sleep 1000
^Z
[1]+  Stopped                 sleep 1000
$ sleep 0.1 && true & wait %2
$ fg
sleep 1000
^C
```
END
}

@test "what looks like a remark about jobs is output where there are no jobs" {
  differs 'nothing more' '[1] 4711' <<'END'
```console T1
$ true && echo '[1] 4711' 2>&1
``` <<<
END
}

@test "what looks like a remark about jobs is output where there is no such job" {
  for line in '[2] 4711' '[2]+  Done                    true' '[1] 4712' '[0]+  Done'; do
    differs 'nothing more' "$line" <<END
\`\`\`console T1
\$ sleep 1000 &
\$ sleep 1000
^Z
[2]+  Stopped                 sleep 1000
\$ fg %2
sleep 1000
^C
\$ echo '$line'
\`\`\` <<<
END
  done
}

@test "each job's end is passed over once" {
  differs 'nothing more' '[1]+  Done                    sleep 0.1' <<'END'
```console T1
$ sleep 0.1 & wait
$ echo '[1]+  Done                    sleep 0.1'
``` <<<
END
}

@test "the prompt cannot be forged, and no program is told of it" {
  passes <<'END'
```console T1
$ printf %s "$PS1"; cat
> one
one
^D
$ sh -c 'echo "$PS1" | grep -c lab='
0
$ (env; tr '\0' '\n' </proc/$$/environ; fc -l) 2>/dev/null | grep -c 'lab=[0-9a-f]'
0
```
END
  differs 'the command to end, and the prompt' 'it still runs' --timeout 1 <<'END'
```console T1
$ PS1=lost
$ echo <<<
```
END
}

@test "^C at the prompt and ^C typed at once do no harm" {
  passes <<'END'
```console T1
^C
$ echo one
one
$ sleep 1000
^C
$ cat
^C
$ echo two
two
```
END
}

@test "an empty line after ^C is the shell's, two are not" {
  differs 'nothing more' '' <<'END'
```console T1
$ sh -c 'trap "echo; echo; exit" INT; echo ready; read never'
ready
^C
``` <<<
END
}

@test "input goes into the program that runs, an empty line too" {
  passes <<'END'
```console T1
$ sed 's/^/got: /'
> one
> 
> two words
>
got: one
got:
got: two words
got:
^C
```
END
  passes <<'END'
```console T1
$ while read -r line; do echo "[$line]"; done
> one
[one]
> two
[two]
^D
```
END
}

@test "input for a program that has ended fails the play" {
  differs 'a program that this is typed into' 'the prompt: the program has ended' <<'END'
```console T1
$ echo one
one
> two <<<
```
END
}

@test "a shell that is ended by exit, or by ^D, has ended, and nothing more can be typed there" {
  passes <<'END'
```console T1
$ exit
exit
```

```console T2
^D
exit
```
END
  differs 'a prompt to type the command at' 'its shell has ended' <<'END'
```console T1
$ exit
exit
$ echo one <<<
```
END
  differs 'nothing more' exit <<'END'
```console T1
$ exit
``` <<<
END
}

@test "a shell that is killed is reported, and nothing is waited for" {
  LIMIT=600 differs one 'nothing: the program has ended' <<'END'
```console T1
$ kill -9 $$
one <<<
```
END
}

@test "a program that is ended by a signal leaves the shell's word for it" {
  passes <<'END'
```console T1
$ sh -c 'kill -TERM $$'
Terminated
$ sh -c 'kill -SEGV $$'
Segmentation fault
$ sh -c 'kill -9 $$'
Killed
$ echo $?
137
```
END
}

@test "a program that switches the echo on does not turn typing into output" {
  passes <<'END'
```console T1
$ stty echo; echo on; cat
on
> one
one
> two
two
^D
$ echo done
done
```
END
}

@test "telnet, which plays with the terminal, can be typed into" {
  passes <<'END'
```console T1
$ upper-server
listening on 127.0.0.1:8008
```

```console T2
$ telnet 127.0.0.1 8008
Trying 127.0.0.1...
Connected to 127.0.0.1.
Escape character is '^]'.
> hello
HELLO
> world
WORLD
> exit
...
Connection closed by foreign host.
```

```console T1
...
^C
...
```
END
}
