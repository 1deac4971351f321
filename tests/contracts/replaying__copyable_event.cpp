// SPDX-License-Identifier: BSL-1.0
// expected: assent: replaying category [copyable event]: an event may have to wait for its turn; make event_type copyable
#include <assent/assent.hpp>

struct change {
#if defined(FIXED)
    using event_type = int;
    using instance_type = int;
    static int arrival(int i) { return i; }
    static int removal(int i) { return -i; }
#else
    using event_type = std::unique_ptr<int>;
    using instance_type = int;
    static std::unique_ptr<int> arrival(int i) { return std::make_unique<int>(i); }
    static std::unique_ptr<int> removal(int i) { return std::make_unique<int>(-i); }
#endif
};

assent::dispatcher<change> changes;
