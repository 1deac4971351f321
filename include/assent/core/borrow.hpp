// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_BORROW_HPP
#define ASSENT_CORE_BORROW_HPP

#include <assent/config.hpp>
#include <assent/core/detail/misused_callables.hpp>

#include <functional>

namespace assent::inline ASSENT_ABI {

/// Registers an object by reference instead of a copy: d.on(assent::borrow(participant)). The object must
/// live until its registration is gone: declare it first.
template <class T>
    requires(!detail::object_pointer<T>)
std::reference_wrapper<T> borrow(T& object)
noexcept { return std::ref(object); }

} // namespace assent::inline ASSENT_ABI

#endif
