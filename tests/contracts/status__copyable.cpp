// SPDX-License-Identifier: BSL-1.0
// expected: assent: status [copyable]: the status that called a change off is reported to several; make status_type copyable and assignable
#include <assent/assent.hpp>

#if defined(FIXED)
using answer = bool;
#else
struct answer {
    explicit answer(int);
    answer(answer&&) = default;
    answer& operator=(answer&&) = default;
};
#endif

struct change {
    using event_type = int;
    using status_type = answer;
};

assent::dispatcher<change> changes;
