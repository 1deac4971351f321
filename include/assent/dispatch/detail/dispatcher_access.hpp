// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_DETAIL_DISPATCHER_ACCESS_HPP
#define ASSENT_DISPATCH_DETAIL_DISPATCHER_ACCESS_HPP

#include <assent/config.hpp>

namespace assent::inline ASSENT_ABI::detail {

/// What a dispatcher is inside, for functions over several of them.
struct dispatcher_access {
    template <class Dispatcher> static auto& state_of(Dispatcher& d) noexcept { return *d.state_; }
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
