// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_UNINTERESTED_HPP
#define ASSENT_DISPATCH_UNINTERESTED_HPP

#include <assent/config.hpp>

namespace assent::inline ASSENT_ABI {

/// Stands for a phase that a participant takes no interest in: it agrees to everything, and does nothing.
///   changes.on(assent::uninterested{}, [&](const change& e) noexcept { show(e); }, assent::uninterested{});
struct uninterested {
    template <class... Argument> void operator()(const Argument&...) const noexcept {}
};

} // namespace assent::inline ASSENT_ABI

#endif
