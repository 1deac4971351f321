// SPDX-License-Identifier: BSL-1.0
// expected: assent: replaying category [instance]: instance_type must be copyable and have operator==
#include <assent/assent.hpp>

struct machine {
    int number;
};

struct change {
#if defined(FIXED)
    using event_type = int;
    using instance_type = int;
    static int arrival(int i) { return i; }
    static int removal(int i) { return -i; }
#else
    using event_type = int;
    using instance_type = machine;
    static int arrival(machine i) { return i.number; }
    static int removal(machine i) { return -i.number; }
#endif
};

assent::dispatcher<change> changes;
