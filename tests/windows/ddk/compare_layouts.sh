#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# Usage: compare_layouts.sh DDK_DIRECTORY [SCRATCH_DIRECTORY]
# Builds layouts.c four times: this library's headers and the mingw-w64 DDK's, each for this machine and for
# Windows. The two outputs of each target must be equal. For Windows the facts are also asserted at compile time,
# so that they are checked where there is no Wine to run the programs. 77: skipped.
set -u
here=$(cd "$(dirname "$0")" && pwd)
ddk=${1:?usage: compare_layouts.sh DDK_DIRECTORY [SCRATCH_DIRECTORY]}
scratch=${2:-$(mktemp -d)}
mkdir -p "$scratch"
mingw=${MINGW_INCLUDE:-/usr/share/mingw-w64/include}
cc=${CC:-gcc}
windows_cc=${WINDOWS_CC:-x86_64-w64-mingw32-gcc}

if [ ! -f "$mingw/ddk/wdm.h" ]; then
  echo "skipped: no mingw-w64 DDK headers in $mingw (install mingw-w64)"
  exit 77
fi

fail() { echo "compare_layouts: $1"; exit 1; }

$cc -std=gnu17 -fshort-wchar -Wall -Wextra -I "$ddk" "$here/layouts.c" -o "$scratch/ours" || fail "ours, native: does not compile"

# The native mode of those headers wants the compiler's Windows keywords defined away, their intrinsics left out,
# and to come after the C library's own headers.
$cc -std=gnu17 -fshort-wchar -w -D_WIN32 -D_WIN64 -D_AMD64_ '-D__int64=long long' '-D__declspec(x)=' -D__cdecl= \
  -D__stdcall= '-D__forceinline=static inline' -D_SSIZE_T_DEFINED -D_TIME_T_DEFINED -D__INTRIN_H_ \
  -idirafter "$mingw" -idirafter "$mingw/ddk" "$here/layouts.c" -o "$scratch/mingw" || fail "mingw-w64, native: does not compile"
"$scratch/ours" >"$scratch/ours.txt" || fail "ours, native: does not run"
"$scratch/mingw" >"$scratch/mingw.txt" || fail "mingw-w64, native: does not run"
[ "$(wc -l <"$scratch/ours.txt")" -ge 300 ] || fail "fewer facts than expected"
diff -u "$scratch/mingw.txt" "$scratch/ours.txt" || fail "native layouts differ (- mingw-w64, + ours)"
echo "native: $(wc -l <"$scratch/ours.txt") facts equal"

if ! command -v "$windows_cc" >/dev/null; then
  echo "Windows target: not compared, $windows_cc not found"
  exit 0
fi
# The facts as assertions: they hold for the Windows target too, where structures, unlike `long`, are the same.
{
  echo '#include <stddef.h>'
  echo '#include <ntifs.h>'
  for also in mountdev ntdddisk ntddstor ntddvol; do echo "#include <$also.h>"; done
  awk '$1 == "size" { printf "_Static_assert(sizeof(%s) == %s && _Alignof(%s) == %s, \"%s\");\n", $2, $3, $2, $5, $2 }
       $1 == "offset" { dot = index($2, "."); type = substr($2, 1, dot - 1); field = substr($2, dot + 1)
         printf "_Static_assert(offsetof(%s, %s) == %s, \"%s\");\n", type, field, $3, $2
         printf "_Static_assert(sizeof(((%s *)0)->%s) == %s, \"%s\");\n", type, field, $5, $2 }
       $1 == "status" { printf "_Static_assert((unsigned)%s == %su, \"%s\");\n", $2, $3, $2 }
       $1 == "value" { value = $NF; $1 = ""; $NF = ""; printf "_Static_assert((long long)(%s) == %s, \"%s\");\n", $0, value, value }
      ' "$scratch/ours.txt"
} >"$scratch/facts.c"
$windows_cc -std=gnu17 -w -I "$ddk" -c "$scratch/facts.c" -o "$scratch/facts.o" || fail "ours, Windows: the facts do not hold"
$windows_cc -std=gnu17 -w -idirafter "$mingw/ddk" -c "$scratch/facts.c" -o "$scratch/facts.o" || fail "mingw-w64, Windows: the facts do not hold"
echo "Windows target: $(grep -c _Static_assert "$scratch/facts.c") assertions hold"

$windows_cc -std=gnu17 -Wall -Wextra -static -I "$ddk" "$here/layouts.c" -o "$scratch/ours.exe" || fail "ours, Windows: does not compile"
$windows_cc -std=gnu17 -w -static -idirafter "$mingw/ddk" "$here/layouts.c" -o "$scratch/mingw.exe" || fail "mingw-w64, Windows: does not compile"
if ! WINEDEBUG=-all wine cmd /c exit 0 >/dev/null 2>&1; then
  echo "Windows target: asserted, not run (no wine that works)"
  exit 0
fi
WINEDEBUG=-all wine "$scratch/ours.exe" >"$scratch/ours_windows.txt" || fail "ours, Windows: does not run"
WINEDEBUG=-all wine "$scratch/mingw.exe" >"$scratch/mingw_windows.txt" || fail "mingw-w64, Windows: does not run"
diff -u "$scratch/mingw_windows.txt" "$scratch/ours_windows.txt" || fail "Windows layouts differ (- mingw-w64, + ours)"
echo "Windows target: $(wc -l <"$scratch/ours_windows.txt") facts equal"
