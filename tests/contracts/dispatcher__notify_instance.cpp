// SPDX-License-Identifier: BSL-1.0
// expected: assent: instance [type]: must be an instance_type of the category, or convert to it
#include <assent/assent.hpp>

struct memory {
    using event_type = int;
    using instance_type = int;
    static int arrival(int i) { return i; }
    static int removal(int i) { return -i; }
};

void test(assent::dispatcher<memory>& modules) {
#if defined(FIXED)
    modules.notify_arrival(1);
#else
    modules.notify_arrival("one");
#endif
}
