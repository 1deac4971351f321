#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Shows that every rule of check_layers.py can fail: inputs it must report, and some it must not."""
import sys

import check_layers as c

SPDX = "// SPDX-License-Identifier: BSL-1.0\n"


def header(path, body="", guard=None):
    guard = guard or c.guard_name("include/assent/" + path)
    return {f"include/assent/{path}": f"{SPDX}#ifndef {guard}\n#define {guard}\n{body}\n#endif\n"}


def include(*names):
    return "".join(f"#include <assent/{name}>\n" for name in names)


def tree(*parts):
    whole = {}
    for part in parts:
        whole.update(part)
    return whole


# A small tree in which everything is right; each bad example adds or replaces one file.
GOOD = tree(
    header("version.hpp"),
    header("config.hpp", include("version.hpp") + "#if defined(ASSENT_NO_PADDING)\n#endif\n"),
    header("fwd.hpp", include("config.hpp")),
    header("core/a.hpp", include("config.hpp", "fwd.hpp")),
    header("core/b.hpp", include("core/a.hpp")),
    header("dispatch/d.hpp", include("core/b.hpp")),
    header("async/e.hpp", include("dispatch/d.hpp", "core/a.hpp")),
    header("windows/w.hpp", include("dispatch/d.hpp", "async/e.hpp")),
    header("assent.hpp", include("async/e.hpp", "dispatch/d.hpp")),
    {"examples/drivers/x.c": SPDX + "#include <wdm.h>\nstruct _TAG { int _Field; };\n"},
    {"tests/core/a_test.cpp": SPDX + "int main() { return __cplusplus > 1; }\n"},
    {"meson.build": "# SPDX-License-Identifier: BSL-1.0\n", "README.md": "", ".gitignore": "", "LICENSE": ""},
)


def windows(body):
    return header("windows/w.hpp", body)


MUST_REPORT = [
    ("downward", header("core/a.hpp", include("dispatch/d.hpp"))),
    ("downward", header("dispatch/d.hpp", include("async/e.hpp"))),
    ("downward", header("async/e.hpp", '#include "../windows/w.hpp"')),
    ("downward", header("core/a.hpp", include("assent.hpp"))),
    ("downward", header("config.hpp", include("core/a.hpp"))),
    ("downward", header("assent.hpp", include("async/e.hpp", "windows/w.hpp"))),
    ("downward", header("core/a.hpp", include("core/nowhere.hpp"))),
    ("downward", header("stray/x.hpp")),
    ("downward", header("helpers.hpp")),
    ("cycle", header("core/a.hpp", include("core/b.hpp"))),
    ("cycle", header("core/a.hpp", '#  include "a.hpp"')),
    ("generic", header("core/a.hpp", "using status = NTSTATUS;")),
    ("generic", header("dispatch/d.hpp", "// as KeRegisterProcessorChangeCallback does")),
    ("generic", header("async/e.hpp", "/* like\n IoUnregisterPlugPlayNotification */")),
    ("generic", header("core/a.hpp", "namespace windows {}")),
    ("generic", header("assent.hpp", include("async/e.hpp") + "// STATUS_SUCCESS")),
    ("machinery", windows("inline std::thread worker;")),
    ("machinery", windows("inline std::jthread worker;")),
    ("machinery", windows("inline std::condition_variable changed;")),
    ("machinery", windows("inline std::recursive_mutex m;")),
    ("machinery", windows("inline std::shared_mutex m;")),
    ("machinery", windows("inline std::list<int> waiting;")),
    ("machinery", windows("inline std::forward_list<int> waiting;")),
    ("machinery", windows("void f() { std::this_thread::sleep_for(t); }")),
    ("machinery", windows("void f() { std::this_thread::yield(); }")),
    ("machinery", windows("void f() { flag.wait(0); }")),
    ("machinery", windows("void f() { flag -> wait (0); }")),
    ("machinery", windows("void f() { done.notify_all(); }")),
    ("machinery", windows("inline std::mutex m;")),
    ("machinery", windows("void f() { for (auto& r : receivers_) r(); }")),
    ("machinery", windows("void f() {\n for (const registration& r :\n driver.registrations) r(); }")),
    ("machinery", windows("void f() { std::for_each(callbacks.begin(), callbacks.end(), g); }")),
    ("machinery", windows("void f() { for (auto i = participants.begin(); i != e; ++i) (*i)(); }")),
    ("machinery", windows("void f() { while (!receivers.empty()) pop(); }")),
    ("machinery", windows("void f() { for (std::size_t i = 0; i < callbacks_.size(); ++i) callbacks_[i](); }")),
    ("machinery", windows("struct s { std::vector<assent::registration> all; };")),
    ("machinery", windows("struct s { std::map<int, plug_callback> all; };")),
    ("guard", {"include/assent/core/a.hpp": SPDX + "#pragma once\nint f();\n"}),
    ("guard", header("core/a.hpp", "#  pragma  once")),
    ("guard", {"include/assent/core/a.hpp": SPDX + "int f();\n"}),
    ("guard", header("core/a.hpp", guard="ASSENT_A_HPP")),
    ("guard", header("core/a.hpp", guard="CORE_A_HPP")),
    ("guard", {k: v + "int after;\n" for k, v in header("core/a.hpp").items()}),
    ("guard", {k: v.replace("#define ASSENT_", "#define ASENT_") for k, v in header("core/a.hpp").items()}),
    ("spdx", {"include/assent/core/a.hpp": header("core/a.hpp")["include/assent/core/a.hpp"][len(SPDX):]}),
    ("spdx", {"tests/core/a_test.cpp": "\n" + SPDX}),
    ("spdx", {"tests/tool.py": "#!/usr/bin/env python3\nimport sys\n"}),
    ("spdx", {"tests/core/a_test.cpp": SPDX.replace("BSL-1.0", "MIT")}),
    ("spdx", {"tests/core/a_test.cpp": SPDX + SPDX}),
    ("config", header("core/a.hpp", "#ifdef ASSENT_NO_PADDING\n#endif")),
    ("config", header("core/a.hpp", "#if defined(X) && \\\n  ASSENT_NO_PADDING\n#endif")),
    ("config", header("windows/w.hpp", "#  if 1\n# elif !defined ASSENT_KNOB\n#endif")),
    ("config", header("core/a.hpp", "#ifndef ASSENT_CORE_B_HPP\n#endif")),
    ("names", header("core/a.hpp", "inline int __counter;")),
    ("names", header("core/a.hpp", "template <class _Type> struct s;")),
    ("names", header("core/a.hpp", "inline int two__words;")),
    ("names", {"tests/core/a_test.cpp": SPDX + "int _Main;\n"}),
    ("names", {"benchmarks/b.cpp": SPDX + "#define __B 1\n"}),
    ("umbrella", header("core/forgotten.hpp")),
    ("umbrella", header("assent.hpp", include("core/a.hpp"))),
    ("drivers", {"examples/drivers/x.c": SPDX + "#include <assent/assent.hpp>\n"}),
    ("drivers", {"examples/drivers/x.h": SPDX + "// for Assent\n"}),
    ("twin", {"include/assent/windows/ddk/Wdm.h": SPDX + "#ifndef ASSENT_WINDOWS_DDK_WDM_H\n#define ASSENT_WINDOWS_DDK_WDM_H\n"
              "#endif\n", "include/assent/windows/ddk/wdm.h": SPDX + "#ifndef ASSENT_WINDOWS_DDK_WDM_H\n"
              "#define ASSENT_WINDOWS_DDK_WDM_H\n#define __in\n#endif\n"}),
    ("top", {"docs/page.md": ""}),
    ("top", {"CMakeLists.txt": "# SPDX-License-Identifier: BSL-1.0\n"}),
]

MUST_ACCEPT = [
    header("core/a.hpp", '// std::thread, __x and "_X" in a comment'),
    header("core/a.hpp", 'inline const char* text = "__x // _Y";'),
    header("core/a.hpp", "inline int big = 1'000'000; inline char c = '\"'; inline int after = 2;"),
    header("core/a.hpp", "#if defined(__cpp_exceptions)\n#endif\nASSENT_TRY {} ASSENT_CATCH_ALL {}"),
    header("core/a.hpp", "template <class Key, class Observer, class KeyType> struct exact; // Keep it, Iota"),
    windows("// no std::thread, no wait(), no loop over receivers"),
    windows("inline auto r = dispatcher.on(callback); for (auto& module : modules_) count(module);"),
    windows("struct s { std::vector<int> processors; registration mine; };"),
    windows("void f() { for (auto p : processors) { notify(p, callback); } }"),
    windows("inline std::thread::id owner;"),
    windows("void f() { worker.drain(); driver.wait_for_nothing(); }"),
    header("windows/primitives/event.hpp", "inline std::condition_variable changed;"),
    {"include/assent/windows/ddk/wdm.h": SPDX + "#ifndef ASSENT_WINDOWS_DDK_WDM_H\n#define ASSENT_WINDOWS_DDK_WDM_H\n"
     "#define __in\n#define _In_\n#endif\n"},
    {"tests/tool.py": "#!/usr/bin/env python3\n# SPDX-License-Identifier: BSL-1.0\n"},
]


def main():
    wrong = []
    clean = c.check(GOOD, {})
    if clean:
        wrong.append(f"the good tree is reported: {clean}")
    tested = set()
    for number, (rule, change) in enumerate(MUST_REPORT):
        found = c.check(tree(GOOD, change), {})
        tested.add(rule)
        place = set(change)
        if not any(f.rule == rule and (f.path in place or rule in ("top", "umbrella", "cycle")) for f in found):
            wrong.append(f"bad input {number} is not reported by rule {rule}: {change}; reported: {found}")
    for number, change in enumerate(MUST_ACCEPT):
        found = c.check(tree(GOOD, change), {})
        if found:
            wrong.append(f"good input {number} is reported: {change}: {found}")

    rules = {rule.__name__[len("rule_"):] for rule in c.RULES}
    if rules != tested:
        wrong.append(f"no bad input for rules {sorted(rules - tested)}, or no rule called {sorted(tested - rules)}")

    # Allowances: they silence exactly what they name, and a stale one is reported.
    bad = tree(GOOD, header("core/a.hpp", "#ifdef ASSENT_NO_PADDING\n#endif"))
    if c.check(bad, {("config", "core/a.hpp", "ASSENT_NO_PADDING"): "test"}):
        wrong.append("an allowance does not work")
    if [f.rule for f in c.check(GOOD, {("config", "core/a.hpp", "ASSENT_NO_PADDING"): "test"})] != ["allowed"]:
        wrong.append("a stale allowance is not reported")

    for line in wrong:
        print(line)
    print(f"{len(MUST_REPORT)} bad inputs, {len(MUST_ACCEPT)} good ones, {len(wrong)} wrong")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
