# The libraries that others link: libleeward.so judges and needs the C library only;
# libleeward_import.so reads files of zones, with GEOS, PROJ and jansson. Each is made of the objects of
# leeward_lib that its public functions need, pulled out of the archive one by one, and shows no other
# name. What both need is in both: nothing in it has a state.

# lee_public_names(OUT HEADER…): the functions that the headers declare.
function(lee_public_names out)
    set(names)
    foreach(header IN LISTS ARGN)
        file(STRINGS ${header} lines REGEX "^[a-z_A-Z].*[ *]lee_[a-z0-9_]+\\(")
        list(FILTER lines EXCLUDE REGEX "^typedef ")
        foreach(line IN LISTS lines)
            string(REGEX MATCH "lee_[a-z0-9_]+\\(" name "${line}")
            string(REPLACE "(" "" name "${name}")
            list(APPEND names ${name})
        endforeach()
    endforeach()
    list(SORT names)
    set(${out} ${names} PARENT_SCOPE)
endfunction()

# lee_shared_library(TARGET FILE-NAME HEADER…)
function(lee_shared_library target name)
    lee_public_names(public ${ARGN})
    list(JOIN public ";\n        " names)
    file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/${name}.map @ONLY CONTENT
         "LEEWARD_0 {\n    global:\n        @names@;\n    local:\n        *;\n};\n")
    add_library(${target} SHARED ${CMAKE_BINARY_DIR}/shared.c)
    set_target_properties(${target} PROPERTIES
        OUTPUT_NAME ${name} VERSION ${LEEWARD_VERSION} SOVERSION 0
        LINK_DEPENDS ${CMAKE_BINARY_DIR}/${name}.map)
    target_include_directories(${target} PUBLIC include)
    list(TRANSFORM public PREPEND "LINKER:-u," OUTPUT_VARIABLE pulled)
    target_link_options(${target} PRIVATE ${pulled}
        LINKER:--version-script=${CMAKE_BINARY_DIR}/${name}.map LINKER:--as-needed)
    if(NOT LEEWARD_SANITIZE AND NOT LEEWARD_FUZZ)
        target_link_options(${target} PRIVATE LINKER:-z,defs)
    endif()
    target_link_libraries(${target} PRIVATE leeward_lib)
endfunction()

file(GLOB lee_public_headers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/include/leeward/*.h)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${lee_public_headers})
set(lee_import_headers ${CMAKE_SOURCE_DIR}/include/leeward/zone_import.h)
set(lee_judge_headers ${lee_public_headers})
list(REMOVE_ITEM lee_judge_headers ${lee_import_headers})

file(WRITE ${CMAKE_BINARY_DIR}/shared.c.new
     "/* The library is what the options of the linker pull in. */\ntypedef int lee_nothing_here;\n")
file(COPY_FILE ${CMAKE_BINARY_DIR}/shared.c.new ${CMAKE_BINARY_DIR}/shared.c ONLY_IF_DIFFERENT)
lee_shared_library(leeward_shared leeward ${lee_judge_headers})
lee_shared_library(leeward_import leeward_import ${lee_import_headers})
